namespace Tessera.Insight.Detection;

/// <summary>The mean log-probability of the text's tokens: a model writes what models find probable.</summary>
[Method("likelihood", "Release Strategies and the Social Impacts of Language Models", "1908.09203", 2019, MethodStage.Insight)]
public sealed class LikelihoodDetector : ITextDetector
{
    /// <inheritdoc/>
    public DetectionQuestion Question => DetectionQuestion.MachineText;

    /// <inheritdoc/>
    public double? Score(DetectionEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return TokenMeans.LogProbability(evidence.Statistics);
    }
}
