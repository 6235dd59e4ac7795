namespace Tessera.Insight.Detection;

/// <summary>
/// DNA-GPT, with log-probabilities: how much more probable the text is than what a model writes when it continues the text's first half. The
/// statistics are of whole texts, the kept half included. Whoever calls supplies the regenerations.
/// </summary>
[Method("dna-gpt", "DNA-GPT: Divergent N-Gram Analysis for Training-Free Detection of GPT-Generated Text", "2305.17359", 2023, MethodStage.Insight)]
public sealed class DnaGpt : ITextDetector
{
    /// <inheritdoc/>
    public DetectionQuestion Question => DetectionQuestion.MachineText;

    /// <inheritdoc/>
    public double? Score(DetectionEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return evidence.Variants.Count == 0 ? null : TokenMeans.LogProbability(evidence.Statistics) - evidence.Variants.Average(TokenMeans.LogProbability);
    }
}
