using System.Runtime.Intrinsics;

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
        var (mean, scale) = Moments(x, width, epsilon);
        for (var i = 0; i < width; i += Lanes.Count)
        {
            var value = Normalised(x, i, width, mean, scale);
            if (gain is not null) value *= Lanes.Load(gain + i, width - i);
            if (bias is not null) value += Lanes.Load(bias + i, width - i);
            Lanes.Store(value, y + i, width - i);
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
        var (mean, scale) = Moments(x, width, epsilon);
        var (sum, correlation) = (0.0, 0.0); // of t = g·dy, and of t·x̂
        for (var start = 0; start < width; start += Lanes.Block)
        {
            var end = Math.Min(start + Lanes.Block, width);
            var (sums, correlations) = (Vector512<float>.Zero, Vector512<float>.Zero);
            for (var i = start; i < end; i += Lanes.Count)
            {
                var gradient = Lanes.Load(dy + i, end - i);
                var normalised = Normalised(x, i, end, mean, scale);
                if (dBias is not null) Lanes.Store(Lanes.Load(dBias + i, end - i) + gradient, dBias + i, end - i);
                if (dGain is not null) Lanes.Store(Lanes.Load(dGain + i, end - i) + gradient * normalised, dGain + i, end - i);
                if (gain is not null) gradient *= Lanes.Load(gain + i, end - i);
                sums += gradient;
                correlations = VectorMath.MultiplyAdd(gradient, normalised, correlations);
            }

            sum += Lanes.Sum(sums);
            correlation += Lanes.Sum(correlations);
        }

        if (dx is null) return;
        // dx = ρ·(t - mean t - x̂·mean(t·x̂))
        var (meanT, along) = (Vector512.Create((float)(sum / width)), (float)(-correlation / width));
        for (var i = 0; i < width; i += Lanes.Count)
        {
            var t = Lanes.Load(dy + i, width - i);
            if (gain is not null) t *= Lanes.Load(gain + i, width - i);
            var gradient = VectorMath.MultiplyAdd(Normalised(x, i, width, mean, scale), along, t - meanT) * scale;
            Lanes.Store(Lanes.Load(dx + i, width - i) + gradient, dx + i, width - i);
        }
    }

    private static (float Mean, float Scale) Moments(float* x, int width, float epsilon)
    {
        var sum = 0.0;
        for (var start = 0; start < width; start += Lanes.Block)
        {
            var end = Math.Min(start + Lanes.Block, width);
            var lanes = Vector512<float>.Zero;
            for (var i = start; i < end; i += Lanes.Count) lanes += Lanes.Load(x + i, end - i);
            sum += Lanes.Sum(lanes);
        }

        var mean = (float)(sum / width);
        var squares = 0.0;
        for (var start = 0; start < width; start += Lanes.Block)
        {
            var end = Math.Min(start + Lanes.Block, width);
            var lanes = Vector512<float>.Zero;
            for (var i = start; i < end; i += Lanes.Count)
            {
                var difference = Lanes.Load(x + i, end - i, padding: mean) - Vector512.Create(mean);
                lanes = VectorMath.MultiplyAdd(difference, difference, lanes);
            }

            squares += Lanes.Sum(lanes);
        }

        return (mean, (float)(1 / Math.Sqrt(squares / width + epsilon)));
    }

    // Zero behind the row's end.
    private static Vector512<float> Normalised(float* x, int i, int width, float mean, float scale) =>
        (Lanes.Load(x + i, width - i, padding: mean) - Vector512.Create(mean)) * scale;
}
