namespace Tessera.Insight.Detection;

/// <summary>
/// DetectGPT: how much more probable the text is than slightly altered versions of it. Machine text sits on a peak of its model's probability;
/// altering a person's text as often helps as it hurts. Whoever calls supplies the altered versions; in the paper T5 refills spans of two words.
/// </summary>
[Method("detect-gpt", "DetectGPT: Zero-Shot Machine-Generated Text Detection using Probability Curvature", "2301.11305", 2023, MethodStage.Insight)]
public sealed class DetectGpt : ITextDetector
{
    private readonly bool _normalised;

    /// <summary>Creates the detector.</summary>
    /// <param name="normalised">Whether the difference is divided by the standard deviation of the altered versions. Default true.</param>
    public DetectGpt(bool normalised = true) => _normalised = normalised;

    /// <inheritdoc/>
    public DetectionQuestion Question => DetectionQuestion.MachineText;

    /// <inheritdoc/>
    public double? Score(DetectionEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return evidence.Variants.Count == 0 ? null : Discrepancy(TokenMeans.LogProbability(evidence.Statistics), [.. evidence.Variants.Select(TokenMeans.LogProbability)]);
    }

    /// <summary>The discrepancy from mean log-probabilities.</summary>
    /// <param name="text">The text's.</param>
    /// <param name="variants">Those of its altered versions, at least one.</param>
    public double Discrepancy(double text, ReadOnlySpan<double> variants)
    {
        var difference = text - Mean(variants);
        return _normalised ? difference / Deviation(variants) : difference;
    }

    /// <summary>The standard deviation (divisor: their number) of the altered versions' mean log-probabilities; 1 where it would be 0.</summary>
    /// <param name="variants">Their mean log-probabilities, at least one.</param>
    public static double Deviation(ReadOnlySpan<double> variants)
    {
        var (mean, sum) = (Mean(variants), 0.0);
        foreach (var value in variants) sum += (value - mean) * (value - mean);
        var deviation = Math.Sqrt(sum / variants.Length);
        return deviation > 1e-12 * Math.Max(1, Math.Abs(mean)) ? deviation : 1; // equal numbers, but for rounding
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        if (values.IsEmpty) throw new ArgumentException("At least one altered version is needed.", nameof(values));
        var sum = 0.0;
        foreach (var value in values) sum += value;
        return sum / values.Length;
    }
}
