namespace Tessera.Generation.Tests.Speculation;

/// <summary>Whether counts come from a law: the statistic against the value that a right program exceeds once in 10,000 runs.</summary>
internal static class ChiSquare
{
    // χ² at p = 10⁻⁴ by degrees of freedom.
    private static readonly Dictionary<int, double> s_limits = new() { [1] = 15.14, [2] = 18.42, [3] = 21.11, [4] = 23.51, [5] = 25.74, [7] = 29.88, [8] = 31.83, [15] = 44.26, [26] = 61.66, [63] = 113.5 };

    /// <summary>The statistic as a share of its limit: above 1 the law is another one. Cells that are expected fewer than 5 times are pooled.</summary>
    public static double ShareOfLimit(int[] counts, double[] law)
    {
        var total = counts.Sum();
        var cells = new List<(double Count, double Expected)>();
        var (pooled, pooledExpected) = (0.0, 0.0);
        for (var i = 0; i < counts.Length; i++)
        {
            if (law[i] * total >= 5) cells.Add((counts[i], law[i] * total));
            else (pooled, pooledExpected) = (pooled + counts[i], pooledExpected + law[i] * total);
        }

        if (pooledExpected >= 5) cells.Add((pooled, pooledExpected));
        else if (pooled > 5 + 10 * pooledExpected) return double.PositiveInfinity; // what can't happen happened
        var statistic = cells.Sum(c => (c.Count - c.Expected) * (c.Count - c.Expected) / c.Expected);
        var freedom = cells.Count - 1;
        var limit = s_limits.TryGetValue(freedom, out var known) ? known : freedom + 4 * Math.Sqrt(2 * freedom) + 12; // above the quantile for all that are not listed
        return statistic / limit;
    }
}
