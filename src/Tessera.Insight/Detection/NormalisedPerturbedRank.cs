namespace Tessera.Insight.Detection;

/// <summary>NPR: how much the mean log-rank grows when the text is slightly altered. Whoever calls supplies the altered versions.</summary>
[Method("npr", "DetectLLM: Leveraging Log Rank Information for Zero-Shot Detection of Machine-Generated Text", "2306.05540", 2023, MethodStage.Insight)]
public sealed class NormalisedPerturbedRank : ITextDetector
{
    /// <inheritdoc/>
    public DetectionQuestion Question => DetectionQuestion.MachineText;

    /// <inheritdoc/>
    /// <remarks>+∞ where every token of the text is the most probable one.</remarks>
    public double? Score(DetectionEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return evidence.Variants.Count == 0 ? null : Ratio(TokenMeans.LogRank(evidence.Statistics), [.. evidence.Variants.Select(TokenMeans.LogRank)]);
    }

    /// <summary>The ratio from mean log-ranks.</summary>
    /// <param name="text">The text's.</param>
    /// <param name="variants">Those of its altered versions, at least one.</param>
    public static double Ratio(double text, ReadOnlySpan<double> variants)
    {
        if (variants.IsEmpty) throw new ArgumentException("At least one altered version is needed.", nameof(variants));
        var sum = 0.0;
        foreach (var value in variants) sum += value;
        return text == 0 ? double.PositiveInfinity : sum / variants.Length / text;
    }
}
