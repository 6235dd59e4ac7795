namespace Tessera.Evaluation.Metrics;

/// <summary>Scores of predicted similarities of sentences (STS), times 100.</summary>
public static class SimilarityScores
{
    /// <summary>From this score on two sentences count as alike (KLUE).</summary>
    public const double Alike = 3;

    /// <summary>Pearson's r; null where predictions or labels are all the same.</summary>
    /// <param name="predictions">Predicted similarities.</param>
    /// <param name="labels">True ones, as many.</param>
    /// <exception cref="ArgumentException">There are none, or not as many of both.</exception>
    public static double? Pearson(ReadOnlySpan<double> predictions, ReadOnlySpan<double> labels)
    {
        ClassificationScores.Check(predictions.Length, labels.Length);
        double sumX = 0, sumY = 0;
        for (var i = 0; i < labels.Length; i++)
        {
            sumX += predictions[i];
            sumY += labels[i];
        }

        var (meanX, meanY) = (sumX / labels.Length, sumY / labels.Length);
        double product = 0, squareX = 0, squareY = 0;
        for (var i = 0; i < labels.Length; i++)
        {
            product += (predictions[i] - meanX) * (labels[i] - meanY);
            squareX += (predictions[i] - meanX) * (predictions[i] - meanX);
            squareY += (labels[i] - meanY) * (labels[i] - meanY);
        }

        return squareX == 0 || squareY == 0 ? null : 100 * product / Math.Sqrt(squareX * squareY);
    }

    /// <summary>F1 of alike or not, both sides cut at a score.</summary>
    /// <param name="predictions">Predicted similarities.</param>
    /// <param name="labels">True ones, as many.</param>
    /// <param name="alike">The score from which sentences count as alike. Default 3.</param>
    /// <exception cref="ArgumentException">There are none, or not as many of both.</exception>
    public static double F1(ReadOnlySpan<double> predictions, ReadOnlySpan<double> labels, double alike = Alike)
    {
        ClassificationScores.Check(predictions.Length, labels.Length);
        var (found, predicted, actual) = (0, 0, 0);
        for (var i = 0; i < labels.Length; i++)
        {
            var (p, l) = (predictions[i] >= alike, labels[i] >= alike);
            predicted += p ? 1 : 0;
            actual += l ? 1 : 0;
            found += p && l ? 1 : 0;
        }

        return 100 * ClassificationScores.F1(found, predicted, actual);
    }
}
