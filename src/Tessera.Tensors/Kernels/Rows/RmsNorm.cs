using System.Runtime.Intrinsics;

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
        for (var i = 0; i < width; i += Lanes.Count)
        {
            var value = Lanes.Load(x + i, width - i) * scale;
            Lanes.Store(gain is null ? value : value * Gain(gain, i, width, gainOffset), y + i, width - i);
        }
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
        if (dGain is not null)
            for (var i = 0; i < width; i += Lanes.Count)
            {
                var gradient = Lanes.Load(dy + i, width - i) * (Lanes.Load(x + i, width - i) * scale);
                Lanes.Store(Lanes.Load(dGain + i, width - i) + gradient, dGain + i, width - i);
            }

        if (dx is null) return;
        // With t = g·dy: dx = ρ·t - x·ρ³·mean(t·x).
        var mean = Correlation(x, gain, dy, width, gainOffset) / width;
        var along = (float)(-mean * scale * scale * scale);
        for (var i = 0; i < width; i += Lanes.Count)
        {
            var t = Weighted(gain, dy, i, width, gainOffset);
            var gradient = VectorMath.MultiplyAdd(Lanes.Load(x + i, width - i), along, t * scale);
            Lanes.Store(Lanes.Load(dx + i, width - i) + gradient, dx + i, width - i);
        }
    }

    private static float Scale(float* x, int width, float epsilon)
    {
        var squares = 0.0;
        for (var start = 0; start < width; start += Lanes.Block)
        {
            var end = Math.Min(start + Lanes.Block, width);
            var lanes = Vector512<float>.Zero;
            for (var i = start; i < end; i += Lanes.Count)
            {
                var value = Lanes.Load(x + i, end - i);
                lanes = VectorMath.MultiplyAdd(value, value, lanes);
            }

            squares += Lanes.Sum(lanes);
        }

        return (float)(1 / Math.Sqrt(squares / width + epsilon));
    }

    // Σ g·dy·x
    private static double Correlation(float* x, float* gain, float* dy, int width, float gainOffset)
    {
        var sum = 0.0;
        for (var start = 0; start < width; start += Lanes.Block)
        {
            var end = Math.Min(start + Lanes.Block, width);
            var lanes = Vector512<float>.Zero;
            for (var i = start; i < end; i += Lanes.Count)
                lanes = VectorMath.MultiplyAdd(Weighted(gain, dy, i, end, gainOffset), Lanes.Load(x + i, end - i), lanes);
            sum += Lanes.Sum(lanes);
        }

        return sum;
    }

    private static Vector512<float> Weighted(float* gain, float* dy, int i, int width, float gainOffset)
    {
        var gradient = Lanes.Load(dy + i, width - i);
        return gain is null ? gradient : gradient * Gain(gain, i, width, gainOffset);
    }

    private static Vector512<float> Gain(float* gain, int i, int width, float gainOffset) => Lanes.Load(gain + i, width - i) + Vector512.Create(gainOffset);
}
