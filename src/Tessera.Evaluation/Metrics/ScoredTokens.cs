using Tessera.Models;

namespace Tessera.Evaluation.Metrics;

/// <summary>What a model says of each scored token.</summary>
/// <param name="Statistics">One entry a token.</param>
/// <param name="Alternatives">The most probable tokens at each place, [tokens, count].</param>
/// <param name="AlternativesPerToken">The count.</param>
public sealed record ScoredTokens(IReadOnlyList<TokenStatistics> Statistics, ReadOnlyMemory<TokenAlternative> Alternatives, int AlternativesPerToken)
{
    /// <summary>Σ −ln p, in nats.</summary>
    public double NegativeLogLikelihood => -Statistics.Sum(s => s.LogProbability);

    /// <summary>e to the mean of −ln p; NaN where nothing was scored.</summary>
    public double Perplexity => Math.Exp(NegativeLogLikelihood / Statistics.Count);

    /// <summary>The most probable tokens at the place of a scored token, best first.</summary>
    public ReadOnlySpan<TokenAlternative> AlternativesOf(int token) => Alternatives.Span.Slice(token * AlternativesPerToken, AlternativesPerToken);
}
