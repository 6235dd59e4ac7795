using Tessera.Models;

namespace Tessera.Insight.Detection;

/// <summary>
/// Min-K%++: as Min-K%, but each log-probability is measured against what the model expected at its place, in standard deviations:
/// z = (ln p(token) − μ) / σ with μ and σ² the mean and variance of ln p under the model's own distribution there.
/// </summary>
[Method("min-k-plus-plus", "Min-K%++: Improved Baseline for Detecting Pre-Training Data from Large Language Models", "2404.02936", 2024, MethodStage.Insight)]
public sealed class MinKPlusPlusDetector : ITextDetector
{
    // Under the root: a distribution with all its mass on one token, or an even one, has σ = 0, and its token z = 0 then.
    private const double VarianceFloor = 1e-12;

    private readonly double _share;

    /// <summary>Creates the detector.</summary>
    /// <param name="share">The share of tokens that count, above 0, at most 1. At least one token always counts. Default 0.2.</param>
    public MinKPlusPlusDetector(double share = 0.2) => _share = TokenMeans.Share(share);

    /// <inheritdoc/>
    public DetectionQuestion Question => DetectionQuestion.Membership;

    /// <inheritdoc/>
    public double? Score(DetectionEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return TokenMeans.OfLowest([.. evidence.Statistics.Select(static t => ZScore(t))], TokenMeans.Count(_share, evidence.Statistics.Count));
    }

    /// <summary>How far a token's log-probability lies from what was expected at its place, in standard deviations.</summary>
    /// <param name="token">The token's statistics.</param>
    public static double ZScore(TokenStatistics token) => (token.LogProbability - token.MeanLogProbability) / Math.Sqrt(token.Varentropy + VarianceFloor);
}
