namespace Tessera.Insight.Steering;

/// <summary>
/// Finds the direction that tells two sets of vectors apart. Plain arithmetic in double precision; knows nothing of models.
/// </summary>
public static class DirectionFit
{
    /// <summary>Fits a direction.</summary>
    /// <param name="positive">Vectors of the positive side, [count, width].</param>
    /// <param name="negative">Vectors of the negative side; for principal components as many, the i-th of which is the pair of the i-th positive one.</param>
    /// <param name="method">How.</param>
    /// <exception cref="ArgumentException">A side is empty, widths differ, pairs are missing, a value is not finite, or the differences are all zero.</exception>
    public static FittedDirection Fit(IReadOnlyList<float[]> positive, IReadOnlyList<float[]> negative, DirectionMethod method) => method switch
    {
        DirectionMethod.MeanDifference => MeanDifference(positive, negative),
        DirectionMethod.Pca => Principal(positive, negative, centred: false),
        DirectionMethod.PcaCentred => Principal(positive, negative, centred: true),
        _ => throw new ArgumentOutOfRangeException(nameof(method)),
    };

    /// <summary>The mean of one side minus the mean of the other.</summary>
    /// <inheritdoc cref="Fit"/>
    public static FittedDirection MeanDifference(IReadOnlyList<float[]> positive, IReadOnlyList<float[]> negative)
    {
        var width = Width(positive, negative);
        var (up, down) = (Mean(positive, width), Mean(negative, width));
        var direction = new double[width];
        for (var i = 0; i < width; i++) direction[i] = up[i] - down[i];
        var norm = Math.Sqrt(Dot(direction, direction));
        if (norm == 0) throw new ArgumentException("Both sides have the same mean: there is no direction between them.", nameof(positive));
        return new FittedDirection(direction, norm, positive.Count == negative.Count ? Share(Differences(positive, negative, width), direction, norm) : null);
    }

    /// <summary>The first principal component of the paired differences.</summary>
    /// <inheritdoc cref="Fit"/>
    /// <param name="positive">Vectors of the positive side.</param>
    /// <param name="negative">Their pairs.</param>
    /// <param name="centred">Whether the differences' mean is taken off first.</param>
    public static FittedDirection Principal(IReadOnlyList<float[]> positive, IReadOnlyList<float[]> negative, bool centred)
    {
        var width = Width(positive, negative);
        if (positive.Count != negative.Count)
            throw new ArgumentException($"Principal components are of paired differences; there are {positive.Count} positive and {negative.Count} negative vectors.", nameof(negative));
        if (centred && positive.Count < 2) throw new ArgumentException("Centred differences need at least two pairs.", nameof(positive));
        var differences = Differences(positive, negative, width);
        var mean = new double[width];
        foreach (var row in differences)
        {
            for (var i = 0; i < width; i++) mean[i] += row[i] / differences.Length;
        }

        if (centred)
        {
            foreach (var row in differences)
            {
                for (var i = 0; i < width; i++) row[i] -= mean[i];
            }
        }

        var (direction, share) = PrincipalAxis.Of(differences, width);
        var separation = Dot(mean, direction);
        if (separation < 0)
        {
            for (var i = 0; i < width; i++) direction[i] = -direction[i];
        }

        return new FittedDirection(direction, Math.Abs(separation), share);
    }

    private static double Share(double[][] differences, double[] direction, double norm)
    {
        var (along, total) = (0.0, 0.0);
        foreach (var row in differences)
        {
            var projection = Dot(row, direction) / norm;
            along += projection * projection;
            total += Dot(row, row);
        }

        return along / total;
    }

    private static double[][] Differences(IReadOnlyList<float[]> positive, IReadOnlyList<float[]> negative, int width)
    {
        var rows = new double[positive.Count][];
        for (var r = 0; r < rows.Length; r++)
        {
            rows[r] = new double[width];
            for (var i = 0; i < width; i++) rows[r][i] = (double)positive[r][i] - negative[r][i];
        }

        return rows;
    }

    private static double[] Mean(IReadOnlyList<float[]> rows, int width)
    {
        var mean = new double[width];
        foreach (var row in rows)
        {
            for (var i = 0; i < width; i++) mean[i] += row[i];
        }

        return Array.ConvertAll(mean, v => v / rows.Count);
    }

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private static int Width(IReadOnlyList<float[]> positive, IReadOnlyList<float[]> negative)
    {
        ArgumentNullException.ThrowIfNull(positive);
        ArgumentNullException.ThrowIfNull(negative);
        if (positive.Count == 0 || negative.Count == 0) throw new ArgumentException("Both sides need at least one vector.", nameof(positive));
        var width = positive[0].Length;
        foreach (var row in positive.Concat(negative))
        {
            if (row.Length != width || width == 0) throw new ArgumentException($"All vectors have one width; {row.Length} and {width} were given.", nameof(positive));
            foreach (var value in row)
            {
                if (!float.IsFinite(value)) throw new ArgumentException("A value is not finite.", nameof(positive));
            }
        }

        return width;
    }
}
