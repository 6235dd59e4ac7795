namespace Tessera.Insight.Detection;

/// <summary>LRR: the mean log-probability over the mean log-rank. Of two texts of equal probability, machine text stands nearer the top.</summary>
[Method("lrr", "DetectLLM: Leveraging Log Rank Information for Zero-Shot Detection of Machine-Generated Text", "2306.05540", 2023, MethodStage.Insight)]
public sealed class LogRankRatio : ITextDetector
{
    /// <inheritdoc/>
    public DetectionQuestion Question => DetectionQuestion.MachineText;

    /// <inheritdoc/>
    /// <remarks>+∞ where every token is the most probable one.</remarks>
    public double? Score(DetectionEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        var rank = TokenMeans.LogRank(evidence.Statistics);
        return rank == 0 ? double.PositiveInfinity : -TokenMeans.LogProbability(evidence.Statistics) / rank;
    }
}
