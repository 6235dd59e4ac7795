using Tessera.Models;

namespace Tessera.Insight.Detection;

/// <summary>
/// Fast-DetectGPT, in closed form: how far the text's log-probability lies from what the sampling model would have written at each place, in
/// standard deviations. d = (Σ ln p(y) − Σ μ) / √Σσ², μ and σ² the mean and variance of ln p under the sampling model's distribution.
/// </summary>
[Method("fast-detect-gpt", "Fast-DetectGPT: Efficient Zero-Shot Detection of Machine-Generated Text via Conditional Probability Curvature", "2310.05130", 2023, MethodStage.Insight)]
public sealed class FastDetectGpt : ITextDetector
{
    private readonly bool _twoModels;

    /// <summary>Creates the detector.</summary>
    /// <param name="twoModels">Whether a second model (the observer) does the sampling; otherwise the scoring model does. Default false.</param>
    public FastDetectGpt(bool twoModels = false) => _twoModels = twoModels;

    /// <inheritdoc/>
    public DetectionQuestion Question => DetectionQuestion.MachineText;

    /// <inheritdoc/>
    /// <remarks>NaN where no place leaves a choice, so that there is nothing to measure by.</remarks>
    public double? Score(DetectionEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        if (!_twoModels) return Discrepancy(evidence.Statistics, static (_, token) => (token.MeanLogProbability, token.Varentropy));
        return evidence.TwoModels is { } two ? Discrepancy(two.Performer, (i, _) => (-two.Cross[i].CrossEntropy, two.Cross[i].Variance)) : null;
    }

    private static double Discrepancy(IReadOnlyList<TokenStatistics> tokens, Func<int, TokenStatistics, (double Mean, double Variance)> expected)
    {
        var (difference, variance) = (0.0, 0.0);
        for (var i = 0; i < tokens.Count; i++)
        {
            var (mean, own) = expected(i, tokens[i]);
            difference += tokens[i].LogProbability - mean;
            variance += own;
        }

        return variance == 0 ? double.NaN : difference / Math.Sqrt(variance);
    }
}
