using System.Numerics;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// Root-mean-square normalisation of one row: y = x·ρ·g with ρ = (mean x² + ε)^(-1/2) (Zhang and Sennrich, 2019, arXiv:1910.07467). Gains may
/// be stored as g or, as Gemma does, as g - 1.
/// </summary>
public static unsafe class RmsNorm
{
    /// <summary>Normalises a row.</summary>
    /// <param name="x">The row, [width].</param>
    /// <param name="gain">The gains as stored, [width]; null for none.</param>
    /// <param name="width">Its length, at least 1.</param>
    /// <param name="epsilon">ε, inside the root.</param>
    /// <param name="y">Takes the result, [width]; may be <paramref name="x"/>.</param>
    /// <param name="gainOffset">What is added to the stored gains: 0, or 1 where they are stored as g - 1.</param>
    public static void Forward(float* x, float* gain, int width, float epsilon, float* y, float gainOffset = 0f)
    {
        var scale = Scale(x, width, epsilon);
        if (gain is null) RowArithmetic.Scale(x, scale, width, y);
        else RowLoop.Map(new Normalised(scale, gainOffset), x, gain, width, y);
    }

    /// <summary>Adds the gradients of one row.</summary>
    /// <param name="x">The row that went in.</param>
    /// <param name="gain">The gains as stored; null for none.</param>
    /// <param name="dy">The gradient of the result.</param>
    /// <param name="width">The row's length.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="dx">The gradient of the row is added here; null if not wanted.</param>
    /// <param name="dGain">The gradient of the gains is added here; null if not wanted.</param>
    /// <param name="gainOffset">As in <see cref="Forward"/>.</param>
    public static void Backward(float* x, float* gain, float* dy, int width, float epsilon, float* dx, float* dGain, float gainOffset = 0f)
    {
        var scale = Scale(x, width, epsilon);
        if (dGain is not null) RowLoop.Map(new GainGradient(scale), x, dy, dGain, width, dGain);
        if (dx is null) return;

        // With t = g·dy: dx = ρ·t - x·ρ³·mean(t·x).
        var correlation = gain is null ? RowArithmetic.Dot(x, dy, width) : RowLoop.Sum(new WeightedProduct(gainOffset), x, gain, dy, width);
        var along = (float)(-correlation / width * scale * scale * scale);
        if (gain is null) RowLoop.Map(new PlainGradient(scale, along), x, dy, dx, width, dx);
        else RowLoop.Map(new Gradient(scale, along, gainOffset), x, gain, dy, dx, width, dx);
    }

    private static float Scale(float* x, int width, float epsilon) => (float)(1 / Math.Sqrt(RowArithmetic.Dot(x, x, width) / width + epsilon));

    private readonly struct Normalised(float scale, float gainOffset) : IMap2
    {
        public Vector<float> At(Vector<float> x, Vector<float> gain) => x * scale * (gain + Vector.Create(gainOffset));
    }

    private readonly struct GainGradient(float scale) : IMap3
    {
        public Vector<float> At(Vector<float> x, Vector<float> dy, Vector<float> dGain) => dGain + x * scale * dy;
    }

    private readonly struct WeightedProduct(float gainOffset) : IMap3
    {
        public Vector<float> At(Vector<float> x, Vector<float> gain, Vector<float> dy) => (gain + Vector.Create(gainOffset)) * dy * x;
    }

    private readonly struct PlainGradient(float scale, float along) : IMap3
    {
        public Vector<float> At(Vector<float> x, Vector<float> dy, Vector<float> dx) => dx + VectorMath.MultiplyAdd(x, along, dy * scale);
    }

    private readonly struct Gradient(float scale, float along, float gainOffset) : IMap4
    {
        public Vector<float> At(Vector<float> x, Vector<float> gain, Vector<float> dy, Vector<float> dx) =>
            dx + VectorMath.MultiplyAdd(x, along, (gain + Vector.Create(gainOffset)) * dy * scale);
    }
}
