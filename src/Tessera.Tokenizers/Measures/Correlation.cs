namespace Tessera.Tokenizers.Measures;

/// <summary>Whether two columns of figures go together: Pearson's and Spearman's coefficients, and an exact test for few rows.</summary>
public static class Correlation
{
    /// <summary>The fewest rows of which a coefficient says anything.</summary>
    public const int FewestRows = 4;

    /// <summary>The most rows whose permutations are all tried: 10! = 3.6 million.</summary>
    public const int MostPermutedRows = 10;

    /// <summary>Pearson's r; null where a column is constant.</summary>
    /// <param name="x">One column, at least 4 rows.</param>
    /// <param name="y">The other, as long.</param>
    /// <exception cref="ArgumentException">The columns differ in length, have fewer than 4 rows, or hold what is no finite number.</exception>
    public static double? Pearson(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        Check(x, y);
        var (meanX, meanY) = (x.Average(), y.Average());
        double product = 0, squareX = 0, squareY = 0;
        for (var i = 0; i < x.Count; i++)
        {
            product += (x[i] - meanX) * (y[i] - meanY);
            squareX += (x[i] - meanX) * (x[i] - meanX);
            squareY += (y[i] - meanY) * (y[i] - meanY);
        }

        return squareX == 0 || squareY == 0 ? null : product / Math.Sqrt(squareX * squareY);
    }

    /// <summary>Spearman's ρ: Pearson's of the ranks, equal values sharing the mean of theirs; null where a column is constant.</summary>
    /// <param name="x">One column, at least 4 rows.</param>
    /// <param name="y">The other, as long.</param>
    /// <exception cref="ArgumentException">The columns differ in length, have fewer than 4 rows, or hold what is no finite number.</exception>
    public static double? Spearman(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        Check(x, y);
        return Pearson(Ranks(x), Ranks(y));
    }

    /// <summary>
    /// The exact two-sided p-value of Pearson's r under all orders of a column: the share of orders whose |r| is at least as large.
    /// Null where a column is constant.
    /// </summary>
    /// <param name="x">One column, 4 to 10 rows.</param>
    /// <param name="y">The other, as long.</param>
    /// <exception cref="ArgumentException">The columns differ in length, have fewer than 4 or more than 10 rows, or hold what is no finite number.</exception>
    public static double? PermutationTest(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        if (Pearson(x, y) is not { } observed) return null;
        if (x.Count > MostPermutedRows) throw new ArgumentException($"All orders of {x.Count} rows are too many; at most {MostPermutedRows}.", nameof(x));
        var meanX = x.Average();
        var meanY = y.Average();
        var (a, b) = (x.Select(v => v - meanX).ToArray(), y.Select(v => v - meanY).ToArray());
        var scale = Math.Sqrt(a.Sum(static v => v * v) * b.Sum(static v => v * v));
        var bound = Math.Abs(observed) - 1e-12;
        long all = 0, extreme = 0;
        Permute(0);
        return extreme / (double)all;

        void Permute(int from)
        {
            if (from == b.Length)
            {
                double product = 0;
                for (var i = 0; i < a.Length; i++) product += a[i] * b[i];
                all++;
                if (Math.Abs(product / scale) >= bound) extreme++;
                return;
            }

            for (var i = from; i < b.Length; i++)
            {
                (b[from], b[i]) = (b[i], b[from]);
                Permute(from + 1);
                (b[from], b[i]) = (b[i], b[from]);
            }
        }
    }

    private static double[] Ranks(IReadOnlyList<double> values)
    {
        var order = Enumerable.Range(0, values.Count).OrderBy(i => values[i]).ToArray();
        var ranks = new double[values.Count];
        for (var start = 0; start < order.Length;)
        {
            var end = start + 1;
            while (end < order.Length && values[order[end]] == values[order[start]]) end++;
            for (var i = start; i < end; i++) ranks[order[i]] = (start + end + 1) / 2.0;
            start = end;
        }

        return ranks;
    }

    private static void Check(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        if (x.Count != y.Count) throw new ArgumentException($"The columns have {x.Count} and {y.Count} rows.", nameof(y));
        if (x.Count < FewestRows) throw new ArgumentException($"A correlation of {x.Count} rows says nothing; at least {FewestRows} are needed.", nameof(x));
        if (!x.All(double.IsFinite) || !y.All(double.IsFinite)) throw new ArgumentException("A column holds what is no finite number.", nameof(x));
    }
}
