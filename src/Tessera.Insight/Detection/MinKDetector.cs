namespace Tessera.Insight.Detection;

/// <summary>
/// Min-K% Prob: the mean log-probability of the least probable tokens. A text that was never seen holds a few words that surprise; one that was
/// learnt holds none.
/// </summary>
[Method("min-k", "Detecting Pretraining Data from Large Language Models", "2310.16789", 2023, MethodStage.Insight)]
public sealed class MinKDetector : ITextDetector
{
    private readonly double _share;

    /// <summary>Creates the detector.</summary>
    /// <param name="share">The share of tokens that count, above 0, at most 1: 1 is the mean over all. At least one token always counts. Default 0.2.</param>
    public MinKDetector(double share = 0.2) => _share = TokenMeans.Share(share);

    /// <inheritdoc/>
    public DetectionQuestion Question => DetectionQuestion.Membership;

    /// <inheritdoc/>
    public double? Score(DetectionEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return MeanOfLowest(evidence, TokenMeans.Count(_share, evidence.Statistics.Count));
    }

    /// <summary>The mean of so many of the lowest log-probabilities: for other ways to count the share.</summary>
    /// <param name="evidence">The text.</param>
    /// <param name="count">How many tokens count, from 1 to those that are scored.</param>
    public static double MeanOfLowest(DetectionEvidence evidence, int count)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, evidence.Statistics.Count);
        return TokenMeans.OfLowest([.. evidence.Statistics.Select(static t => t.LogProbability)], count);
    }
}
