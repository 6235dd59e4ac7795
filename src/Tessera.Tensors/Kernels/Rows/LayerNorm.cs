using System.Numerics;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// Layer normalisation of one row: y = x̂·g + b with x̂ = (x - μ)·ρ, ρ = (mean (x - μ)² + ε)^(-1/2) (Ba et al., 2016, arXiv:1607.06450). The variance is taken
/// round the mean, in a second pass.
/// </summary>
public static unsafe class LayerNorm
{
    /// <summary>Normalises a row.</summary>
    /// <param name="x">The row, [width].</param>
    /// <param name="gain">Gains, [width]; null for none.</param>
    /// <param name="bias">Biases, [width]; null for none.</param>
    /// <param name="width">Its length, at least 1.</param>
    /// <param name="epsilon">ε, inside the root.</param>
    /// <param name="y">Takes the result, [width]; may be <paramref name="x"/>.</param>
    public static void Forward(float* x, float* gain, float* bias, int width, float epsilon, float* y)
    {
        var moments = MomentsOf(x, width, epsilon);
        if (gain is not null && bias is not null) RowLoop.Map(new Affine(moments), x, gain, bias, width, y);
        else if (gain is not null) RowLoop.Map(new Scaled(moments), x, gain, width, y);
        else
        {
            RowLoop.Map(new Normalised(moments), x, width, y);
            if (bias is not null) RowArithmetic.Add(bias, width, y);
        }
    }

    /// <summary>Adds the gradients of one row.</summary>
    /// <param name="x">The row that went in.</param>
    /// <param name="gain">Gains; null for none.</param>
    /// <param name="dy">The gradient of the result.</param>
    /// <param name="width">The row's length.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="dx">The gradient of the row is added here; null if not wanted.</param>
    /// <param name="dGain">The gradient of the gains is added here; null if not wanted.</param>
    /// <param name="dBias">The gradient of the biases is added here; null if not wanted.</param>
    public static void Backward(float* x, float* gain, float* dy, int width, float epsilon, float* dx, float* dGain, float* dBias)
    {
        var moments = MomentsOf(x, width, epsilon);
        if (dBias is not null) RowArithmetic.Add(dy, width, dBias);
        if (dGain is not null) RowLoop.Map(new GainGradient(moments), x, dy, dGain, width, dGain);
        if (dx is null) return;

        // With t = g·dy: dx = ρ·(t - mean t - x̂·mean(t·x̂)).
        if (gain is null)
        {
            var mean = (float)(RowLoop.Sum(default(Itself), dy, width) / width);
            var along = (float)(-RowLoop.Sum(new Scaled(moments), x, dy, width) / width);
            RowLoop.Map(new PlainGradient(moments, mean, along), x, dy, dx, width, dx);
        }
        else
        {
            var mean = (float)(RowArithmetic.Dot(gain, dy, width) / width);
            var along = (float)(-RowLoop.Sum(new WeightedProduct(moments), x, gain, dy, width) / width);
            RowLoop.Map(new Gradient(moments, mean, along), x, gain, dy, dx, width, dx);
        }
    }

    /// <summary>μ and ρ of a row.</summary>
    private readonly record struct Moments(float Mean, float Scale)
    {
        public Vector<float> Normalise(Vector<float> x) => (x - Vector.Create(Mean)) * Scale;
    }

    private static Moments MomentsOf(float* x, int width, float epsilon)
    {
        var mean = (float)(RowLoop.Sum(default(Itself), x, width) / width);
        return new Moments(mean, (float)(1 / Math.Sqrt(RowLoop.Sum(new SquaredDistance(mean), x, width) / width + epsilon)));
    }

    private readonly struct Itself : IMap1
    {
        public Vector<float> At(Vector<float> x) => x;
    }

    private readonly struct SquaredDistance(float mean) : IMap1
    {
        public Vector<float> At(Vector<float> x)
        {
            var distance = x - Vector.Create(mean);
            return distance * distance;
        }
    }

    private readonly struct Normalised(Moments moments) : IMap1
    {
        public Vector<float> At(Vector<float> x) => moments.Normalise(x);
    }

    private readonly struct Scaled(Moments moments) : IMap2
    {
        public Vector<float> At(Vector<float> x, Vector<float> gain) => moments.Normalise(x) * gain;
    }

    private readonly struct Affine(Moments moments) : IMap3
    {
        public Vector<float> At(Vector<float> x, Vector<float> gain, Vector<float> bias) => moments.Normalise(x) * gain + bias;
    }

    private readonly struct GainGradient(Moments moments) : IMap3
    {
        public Vector<float> At(Vector<float> x, Vector<float> dy, Vector<float> dGain) => dGain + moments.Normalise(x) * dy;
    }

    private readonly struct WeightedProduct(Moments moments) : IMap3
    {
        public Vector<float> At(Vector<float> x, Vector<float> gain, Vector<float> dy) => moments.Normalise(x) * (gain * dy);
    }

    private readonly struct PlainGradient(Moments moments, float mean, float along) : IMap3
    {
        public Vector<float> At(Vector<float> x, Vector<float> dy, Vector<float> dx) =>
            dx + VectorMath.MultiplyAdd(moments.Normalise(x), along, dy - Vector.Create(mean)) * moments.Scale;
    }

    private readonly struct Gradient(Moments moments, float mean, float along) : IMap4
    {
        public Vector<float> At(Vector<float> x, Vector<float> gain, Vector<float> dy, Vector<float> dx) =>
            dx + VectorMath.MultiplyAdd(moments.Normalise(x), along, gain * dy - Vector.Create(mean)) * moments.Scale;
    }
}
