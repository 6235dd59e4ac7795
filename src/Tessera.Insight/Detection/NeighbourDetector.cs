namespace Tessera.Insight.Detection;

/// <summary>
/// How much more probable the text is than its neighbours, the same text with a few words exchanged: a text that was learnt stands out among
/// them. Whoever calls supplies the neighbours.
/// </summary>
[Method("neighbour", "Membership Inference Attacks against Language Models via Neighbourhood Comparison", "2305.18462", 2023, MethodStage.Insight)]
public sealed class NeighbourDetector : ITextDetector
{
    /// <inheritdoc/>
    public DetectionQuestion Question => DetectionQuestion.Membership;

    /// <inheritdoc/>
    public double? Score(DetectionEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return evidence.Variants.Count == 0 ? null : TokenMeans.LogProbability(evidence.Statistics) - evidence.Variants.Average(TokenMeans.LogProbability);
    }
}
