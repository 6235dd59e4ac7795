namespace Tessera.Context.Schedules;

/// <summary>
/// How much the rest of a text looks at each of its tokens, from raw attention scores (Wang et al. 2025, "LeMo", arXiv 2501.09767): only positive
/// scores count, averaged over all heads, and a token's figure is the sum of its column below the diagonal. In blocks, which bear coarse
/// estimates, a block of the matrix has its largest figure, and a block of tokens the sum of its column.
/// </summary>
public static class TokenInformativeness
{
    /// <summary>The mean over heads of the positive scores of each pair.</summary>
    /// <param name="scores">Dot products before the softmax, [head][query][key]; only key &lt; query is read.</param>
    /// <returns>[query][key], 0 where key ≥ query.</returns>
    public static double[][] Merge(IReadOnlyList<double[][]> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        if (scores.Count == 0) throw new ArgumentException("At least one head.", nameof(scores));
        var tokens = scores[0].Length;
        var merged = new double[tokens][];
        for (var query = 0; query < tokens; query++)
        {
            merged[query] = new double[tokens];
            foreach (var head in scores)
            {
                for (var key = 0; key < query; key++) merged[query][key] += Math.Max(0, head[query][key]) / scores.Count;
            }
        }

        return merged;
    }

    /// <summary>The figure of each token: the sum of its column, its own row left out.</summary>
    /// <param name="merged">[query][key].</param>
    public static double[] OfTokens(IReadOnlyList<double[]> merged)
    {
        ArgumentNullException.ThrowIfNull(merged);
        var sums = new double[merged.Count];
        for (var query = 0; query < merged.Count; query++)
        {
            for (var key = 0; key < query; key++) sums[key] += merged[query][key];
        }

        return sums;
    }

    /// <summary>The largest figure of each block of the matrix, below the diagonal.</summary>
    /// <param name="merged">[query][key].</param>
    /// <param name="block">Side of a block, from 1 to the number of tokens; the last block may be smaller.</param>
    /// <returns>For each block of queries the blocks of keys up to its own.</returns>
    public static double[][] BlockMaxima(IReadOnlyList<double[]> merged, int block)
    {
        ArgumentNullException.ThrowIfNull(merged);
        ArgumentOutOfRangeException.ThrowIfLessThan(block, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(block, merged.Count);
        var maxima = new double[(merged.Count + block - 1) / block][];
        for (var r = 0; r < maxima.Length; r++) maxima[r] = new double[r + 1];
        for (var query = 0; query < merged.Count; query++)
        {
            for (var key = 0; key < query; key++)
            {
                ref var most = ref maxima[query / block][key / block];
                most = Math.Max(most, merged[query][key]);
            }
        }

        return maxima;
    }

    /// <summary>The figure of each block of tokens: the sum of its column of block maxima.</summary>
    /// <param name="maxima">What <see cref="BlockMaxima"/> gives, or observations of the same form.</param>
    /// <param name="perVisibleBlock">Whether it is divided by the number of blocks of queries that see it: otherwise early blocks are favoured. Default false, as published.</param>
    public static double[] OfBlocks(IReadOnlyList<double[]> maxima, bool perVisibleBlock = false)
    {
        ArgumentNullException.ThrowIfNull(maxima);
        var sums = new double[maxima.Count];
        for (var r = 0; r < maxima.Count; r++)
        {
            for (var c = 0; c <= r; c++) sums[c] += maxima[r][c];
        }

        for (var c = 0; perVisibleBlock && c < sums.Length; c++) sums[c] /= sums.Length - c;
        return sums;
    }

    /// <summary>The blocks whose figure reaches a threshold.</summary>
    /// <param name="figures">A figure for each block.</param>
    /// <param name="threshold">What is enough.</param>
    /// <param name="keepEnds">Whether the first block, on which attention rests, and the last one stay in any case.</param>
    /// <returns>Their indices, increasing.</returns>
    public static int[] Above(ReadOnlySpan<double> figures, double threshold, bool keepEnds)
    {
        var kept = new List<int>();
        for (var i = 0; i < figures.Length; i++)
        {
            if (figures[i] >= threshold || keepEnds && (i == 0 || i == figures.Length - 1)) kept.Add(i);
        }

        return [.. kept];
    }
}
