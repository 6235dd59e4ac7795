using System.Runtime.Intrinsics;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// Softmax of one row: the true maximum, then e^(x - max), then their sum in a fixed order. Entries of −∞ get exactly 0 and add nothing to the
/// sum; a row of nothing else gives zeros.
/// </summary>
public static unsafe class Softmax
{
    /// <summary>Turns scores into probabilities.</summary>
    /// <param name="x">The scores, [width].</param>
    /// <param name="width">Their number, at least 1.</param>
    /// <param name="p">Takes the probabilities, [width]; may be <paramref name="x"/>.</param>
    /// <returns>The maximum and the sum.</returns>
    public static RowNormaliser Forward(float* x, int width, float* p)
    {
        var normaliser = Exponentials(x, width, p);
        var scale = normaliser.Sum == 0 ? 0f : (float)(1 / normaliser.Sum);
        for (var i = 0; i < width; i += Lanes.Count) Lanes.Store(Lanes.Load(p + i, width - i) * scale, p + i, width - i);
        return normaliser;
    }

    /// <summary>The maximum and the sum of a row, whose <see cref="RowNormaliser.LogSumExp"/> is ln Σ eˣ.</summary>
    /// <param name="x">The scores, [width].</param>
    /// <param name="width">Their number, at least 1.</param>
    public static RowNormaliser Normaliser(float* x, int width) => Exponentials(x, width, null);

    /// <summary>Adds the gradient of the scores: dx += p·(dp - Σ p·dp).</summary>
    /// <param name="p">The probabilities that came out.</param>
    /// <param name="dp">Their gradient.</param>
    /// <param name="width">Their number.</param>
    /// <param name="dx">The gradient of the scores is added here.</param>
    public static void Backward(float* p, float* dp, int width, float* dx)
    {
        var mean = Vector512.Create((float)RowArithmetic.Dot(p, dp, width));
        for (var i = 0; i < width; i += Lanes.Count)
        {
            var gradient = Lanes.Load(p + i, width - i) * (Lanes.Load(dp + i, width - i) - mean);
            Lanes.Store(Lanes.Load(dx + i, width - i) + gradient, dx + i, width - i);
        }
    }

    private static RowNormaliser Exponentials(float* x, int width, float* destination)
    {
        var max = RowArithmetic.Max(x, width);
        if (float.IsNegativeInfinity(max))
        {
            if (destination is not null) new Span<float>(destination, width).Clear();
            return new RowNormaliser(max, 0);
        }

        var (sum, offset) = (0.0, Vector512.Create(max));
        for (var start = 0; start < width; start += Lanes.Block)
        {
            var end = Math.Min(start + Lanes.Block, width);
            var lanes = Vector512<float>.Zero;
            for (var i = start; i < end; i += Lanes.Count)
            {
                var e = VectorMath.Exp(Lanes.Load(x + i, end - i, float.NegativeInfinity) - offset);
                lanes += e;
                if (destination is not null) Lanes.Store(e, destination + i, end - i);
            }

            sum += Lanes.Sum(lanes);
        }

        return new RowNormaliser(max, sum);
    }
}
