namespace Tessera.Insight.Detection;

/// <summary>
/// The mean log-probability of the text's tokens: what a model has seen it finds probable. The plainest of all scores, and the one that
/// ordinary language, probable without having been seen, fools most.
/// </summary>
[Method("loss", "Privacy Risk in Machine Learning: Analyzing the Connection to Overfitting", "1709.01604", 2017, MethodStage.Insight)]
public sealed class LossDetector : ITextDetector
{
    /// <inheritdoc/>
    public DetectionQuestion Question => DetectionQuestion.Membership;

    /// <inheritdoc/>
    public double? Score(DetectionEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return TokenMeans.LogProbability(evidence.Statistics);
    }
}
