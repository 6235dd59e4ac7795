namespace Tessera.Insight.Steering;

/// <summary>
/// The first principal component of rows as they stand (no centring): the unit vector along which the sum of their squared projections is
/// largest, by power iteration on the smaller of the two product matrices.
/// </summary>
internal static class PrincipalAxis
{
    // Iterations end when a step moves the unit vector by less than this, or when the work is spent: the first two components are then so
    // close to each other that either explains as much to eight digits.
    private const double Settled = 1e-14;
    private const double Work = 4e9; // multiplications, a few seconds

    /// <summary>The component and the share of the sum of squares along it.</summary>
    /// <exception cref="ArgumentException">All rows are zero.</exception>
    public static (double[] Axis, double Share) Of(double[][] rows, int width)
    {
        var byRow = rows.Length <= width;
        var size = byRow ? rows.Length : width;
        var product = byRow ? RowProducts(rows) : ColumnProducts(rows, width);
        var trace = 0.0;
        for (var i = 0; i < size; i++) trace += product[i * size + i];
        if (trace <= 0) throw new ArgumentException("The differences are all zero: there is no direction.", nameof(rows));

        var vector = Iterate(product, size);
        if (!byRow) return (vector, Rayleigh(product, vector, size) / trace);
        var axis = new double[width];
        for (var r = 0; r < rows.Length; r++)
        {
            for (var i = 0; i < width; i++) axis[i] += vector[r] * rows[r][i];
        }

        Normalise(axis);
        return (axis, Rayleigh(product, vector, size) / trace);
    }

    private static double[] Iterate(double[] product, int size)
    {
        // A fixed start that has a part along every axis, so that the same rows give the same bits.
        var key = new RandomKey(0, 0, 0, RandomPurpose.Initialise);
        var vector = new double[size];
        for (var i = 0; i < size; i++) vector[i] = key.Normal((uint)i);
        Normalise(vector);
        var steps = (long)Math.Clamp(Work / ((double)size * size), 100, 200_000);
        for (var step = 0L; step < steps; step++)
        {
            var next = Multiply(product, vector, size);
            if (Normalise(next) == 0) return vector; // the start lies in the null space of a matrix that is all but zero
            var moved = 0.0;
            for (var i = 0; i < size; i++) moved = Math.Max(moved, Math.Abs(next[i] - vector[i])); // all eigenvalues are at least 0: no sign flips
            vector = next;
            if (moved < Settled) break;
        }

        return vector;
    }

    private static double[] RowProducts(double[][] rows)
    {
        var n = rows.Length;
        var product = new double[n * n];
        for (var a = 0; a < n; a++)
        {
            for (var b = 0; b <= a; b++)
            {
                var sum = 0.0;
                for (var i = 0; i < rows[a].Length; i++) sum += rows[a][i] * rows[b][i];
                product[a * n + b] = product[b * n + a] = sum;
            }
        }

        return product;
    }

    private static double[] ColumnProducts(double[][] rows, int width)
    {
        var product = new double[width * width];
        foreach (var row in rows)
        {
            for (var a = 0; a < width; a++)
            {
                for (var b = 0; b < width; b++) product[a * width + b] += row[a] * row[b];
            }
        }

        return product;
    }

    private static double[] Multiply(double[] product, double[] vector, int size)
    {
        var result = new double[size];
        for (var a = 0; a < size; a++)
        {
            var sum = 0.0;
            for (var b = 0; b < size; b++) sum += product[a * size + b] * vector[b];
            result[a] = sum;
        }

        return result;
    }

    private static double Rayleigh(double[] product, double[] unit, int size)
    {
        var image = Multiply(product, unit, size);
        var sum = 0.0;
        for (var i = 0; i < size; i++) sum += image[i] * unit[i];
        return sum;
    }

    private static double Normalise(double[] vector)
    {
        var sum = 0.0;
        foreach (var value in vector) sum += value * value;
        var norm = Math.Sqrt(sum);
        if (norm == 0) return 0;
        for (var i = 0; i < vector.Length; i++) vector[i] /= norm;
        return norm;
    }
}
