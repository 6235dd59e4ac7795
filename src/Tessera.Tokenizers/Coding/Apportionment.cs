namespace Tessera.Tokenizers.Coding;

/// <summary>Whole numbers in proportion to weights, by largest remainders (Hamilton's method): frequencies of a coder, cells of a table.</summary>
internal static class Apportionment
{
    /// <summary>Most weights.</summary>
    public const int MaxWeights = 256;

    /// <summary>Shares out a number of cells: ⌊cells · weight / sum⌋ each, what is left one by one to the largest fractions, of equal ones to the first.</summary>
    /// <param name="weights">At most 256, each at most 2^40, not all 0.</param>
    /// <param name="cells">At most 2^16.</param>
    /// <param name="shares">Takes the shares; they add up to <paramref name="cells"/>.</param>
    public static void Share(ReadOnlySpan<ulong> weights, int cells, Span<int> shares)
    {
        ulong sum = 0;
        foreach (var weight in weights) sum += weight;
        Span<ulong> order = stackalloc ulong[MaxWeights]; // the fraction's complement (below 2^48), then the place
        var left = cells;
        for (var i = 0; i < weights.Length; i++)
        {
            var (share, remainder) = Math.DivRem((ulong)cells * weights[i], sum);
            left -= shares[i] = (int)share;
            order[i] = ((1UL << 48) - 1 - remainder) << 8 | (uint)i;
        }

        if (left == 0) return;
        order = order[..weights.Length];
        order.Sort();
        foreach (var key in order[..left]) shares[(int)(key & 255)]++;
    }
}
