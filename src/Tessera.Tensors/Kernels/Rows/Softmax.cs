using System.Numerics;

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
        if (normaliser.Sum != 0) RowArithmetic.Scale(p, (float)(1 / normaliser.Sum), width, p);
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
    public static void Backward(float* p, float* dp, int width, float* dx) =>
        RowLoop.Map(new Gradient((float)RowArithmetic.Dot(p, dp, width)), p, dp, dx, width, dx);

    private static RowNormaliser Exponentials(float* x, int width, float* destination)
    {
        var max = RowArithmetic.Max(x, width);
        if (float.IsNegativeInfinity(max))
        {
            if (destination is not null) new Span<float>(destination, width).Clear();
            return new RowNormaliser(max, 0);
        }

        var f = new Exponential(max);
        return new RowNormaliser(max, destination is null ? RowLoop.Sum(f, x, width) : RowLoop.MapAndSum(f, x, width, destination));
    }

    private readonly struct Exponential(float max) : IMap1
    {
        public Vector<float> At(Vector<float> x) => VectorMath.Exp(x - Vector.Create(max));
    }

    private readonly struct Gradient(float mean) : IMap3
    {
        public Vector<float> At(Vector<float> p, Vector<float> dp, Vector<float> dx) => dx + p * (dp - Vector.Create(mean));
    }
}
