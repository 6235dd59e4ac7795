namespace Tessera.Tensors.Kernels;

/// <summary>
/// How positions become indices and slopes in the models that do not rotate: relative buckets of T5 and DeBERTa, ALiBi's slopes, RoBERTa's numbering
/// round padding, Idefics 3's grid of patches. Logarithms are rounded to F32 where the reference implementations round them, because a bucket's
/// edge may hang on it.
/// </summary>
public static class Positions
{
    /// <summary>T5's bucket of a relative position: one each up to half the buckets, logarithmic from there on (Raffel et al., 2020, arXiv:1910.10683).</summary>
    /// <param name="relativePosition">Key position minus query position.</param>
    /// <param name="bidirectional">Whether keys behind the query have buckets of their own (encoder); otherwise they share bucket 0 (decoder).</param>
    /// <param name="buckets">The number of buckets, at least 4 where bidirectional, else 2.</param>
    /// <param name="maxDistance">The distance from which on all share the last bucket; greater than the number of exact buckets.</param>
    public static int RelativeBucket(int relativePosition, bool bidirectional, int buckets, int maxDistance)
    {
        var first = 0;
        long distance = -(long)relativePosition;
        if (bidirectional)
        {
            buckets /= 2;
            if (distance < 0) first = buckets;
            distance = Math.Abs(distance);
        }

        distance = Math.Max(distance, 0);
        var exact = buckets / 2;
        if (distance < exact) return first + (int)distance;
        var share = Log(distance / (float)exact) / (float)Math.Log(maxDistance / (double)exact);
        return first + (int)Math.Min(exact + (long)(share * (buckets - exact)), buckets - 1);
    }

    /// <summary>DeBERTa v2's signed bucket: exact up to half the buckets, logarithmic from there on (He et al., 2021, arXiv:2006.03654).</summary>
    /// <param name="relativePosition">Query position minus key position.</param>
    /// <param name="buckets">The number of buckets on each side (<c>position_buckets</c>).</param>
    /// <param name="maxPosition">The longest relative distance (<c>max_relative_positions</c>).</param>
    /// <returns>A bucket between -buckets and buckets.</returns>
    public static int SignedBucket(int relativePosition, int buckets, int maxPosition)
    {
        var middle = buckets / 2;
        var distance = Math.Abs((long)relativePosition);
        if (distance <= middle) return relativePosition;
        var share = Log(distance / (float)middle) / (float)Math.Log((maxPosition - 1) / (double)middle);
        return Math.Sign(relativePosition) * ((int)MathF.Ceiling(share * (middle - 1)) + middle);
    }

    /// <summary>
    /// ALiBi's slopes, with which a head's scores fall per token of distance: powers of 2^(-8/n) for the power of two n below the number of heads, and every
    /// second power of its root for the rest (Press et al., 2022, arXiv:2108.12409).
    /// </summary>
    /// <param name="heads">The number of heads, at least 1.</param>
    /// <returns>A slope for each head.</returns>
    public static float[] AlibiSlopes(int heads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        var power = 1 << System.Numerics.BitOperations.Log2((uint)heads);
        var slopes = new float[heads];
        for (var head = 0; head < heads; head++)
            slopes[head] = (float)Math.Pow(2, head < power ? -8.0 * (head + 1) / power : -4.0 * (2 * (head - power) + 1) / power);
        return slopes;
    }

    /// <summary>RoBERTa's positions: tokens that are no padding count up from the padding id + 1; padding gets the padding id.</summary>
    /// <param name="ids">The tokens of one sequence.</param>
    /// <param name="paddingId">The id of padding.</param>
    /// <param name="positions">Takes the positions, as many as there are tokens.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void CountedFromPadding(ReadOnlySpan<int> ids, int paddingId, Span<int> positions)
    {
        if (ids.Length != positions.Length) throw new ArgumentException($"{ids.Length} ids, room for {positions.Length} positions", nameof(positions));
        var count = 0;
        for (var i = 0; i < ids.Length; i++) positions[i] = paddingId + (ids[i] == paddingId ? 0 : ++count);
    }

    /// <summary>
    /// The rows (or columns) of a learnt grid of patch positions that the patches of a partly filled side fall into: i/valid in units of 1/side, as Idefics 3
    /// computes it in F32. A patch's position is row·side + column.
    /// </summary>
    /// <param name="side">Patches on a side of the learnt grid, at least 1.</param>
    /// <param name="buckets">Takes the bucket of each valid patch of the side.</param>
    public static void PatchBuckets(int side, Span<int> buckets)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 1);
        var step = 1f / buckets.Length;
        var bucket = 0;
        for (var i = 0; i < buckets.Length; i++)
        {
            var place = MathF.Min(i * step, 1f - 1e-6f);
            while (bucket < side - 1 && Edge(bucket + 1) <= place) bucket++;
            buckets[i] = bucket;
        }

        float Edge(int k) => (float)(1.0 / side + (k - 1) * (1.0 / side));
    }

    // The logarithm of a float, rounded to a float.
    private static float Log(float x) => (float)Math.Log(x);
}
