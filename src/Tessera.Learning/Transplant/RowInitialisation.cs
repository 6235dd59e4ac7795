namespace Tessera.Learning.Transplant;

/// <summary>
/// The row of a new token in an embedding table or a head, made from the rows of the tokens that the old vocabulary cuts it into
/// (K-Tokeniser, arXiv 2406.14312, and what is commonly done).
/// </summary>
public static class RowInitialisation
{
    /// <summary>The mean of rows, each with a weight.</summary>
    /// <param name="rows">The parts' rows, [part, width]; at least one.</param>
    /// <param name="weights">A weight for each part, such as its length in characters, not negative and not all 0; null for equal ones.</param>
    /// <param name="scaled">Whether the result gets the mean length of the parts' rows; a mean is shorter than what it is of. Default false.</param>
    /// <exception cref="ArgumentException">There are no rows, they differ in width, or the weights do not fit them.</exception>
    public static double[] Mean(IReadOnlyList<double[]> rows, IReadOnlyList<double>? weights = null, bool scaled = false)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0 || rows.Any(r => r.Length != rows[0].Length)) throw new ArgumentException("There are no rows, or they differ in width.", nameof(rows));
        if (weights is not null && (weights.Count != rows.Count || weights.Any(static w => !(w >= 0) || !double.IsFinite(w)) || weights.Sum() == 0)) throw new ArgumentException("A weight from 0 is needed for each row, and one above.", nameof(weights));
        var total = weights?.Sum() ?? rows.Count;
        var mean = new double[rows[0].Length];
        for (var i = 0; i < rows.Count; i++)
        {
            for (var d = 0; d < mean.Length; d++) mean[d] += (weights?[i] ?? 1) / total * rows[i][d];
        }

        var length = Length(mean);
        if (!scaled || length == 0) return mean;
        var scale = rows.Average(Length) / length;
        for (var d = 0; d < mean.Length; d++) mean[d] *= scale;
        return mean;
    }

    /// <summary>The bias of a new token in a head: the logarithm of the mean of its parts' exponentials, so that it starts as likely as they are on average.</summary>
    /// <param name="biases">The parts' biases, at least one.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static double Bias(IReadOnlyList<double> biases)
    {
        ArgumentNullException.ThrowIfNull(biases);
        if (biases.Count == 0) throw new ArgumentException("There are no biases.", nameof(biases));
        var most = biases.Max();
        return most + Math.Log(biases.Average(b => Math.Exp(b - most)));
    }

    private static double Length(double[] row) => Math.Sqrt(row.Sum(static v => v * v));
}
