using Tessera.Models.Attention;

namespace Tessera.Context.Policies;

/// <summary>
/// Keeps the tokens to which a prompt's tokens paid the most attention on average: the heavy hitters of H2O without a place for recent tokens, and
/// without the advantage of age, once a prompt is read. A KV head's score is the mean over its query heads of column sum / number of rows that could see the token.
/// </summary>
/// <remarks>
/// Follows the press of that name in NVIDIA's kvpress. A prompt is scored by the rows of its last pass: one that is longer than 512 tokens is judged by its last piece.
/// </remarks>
[Method("observed-attention", "H2O: Heavy-Hitter Oracle for Efficient Generative Inference of Large Language Models", "2306.14048", 2023, MethodStage.Policy)]
public sealed class ObservedAttention : ScoredPolicy
{
    private static readonly ObservationRequest s_sums = new() { ColumnSums = true };

    /// <summary>Creates the policy.</summary>
    /// <param name="budget">Slots that a KV head may keep: a share of the prompt up to 1, or a number from 2 on. Default 0.5.</param>
    /// <exception cref="ArgumentOutOfRangeException">The budget is out of range.</exception>
    public ObservedAttention(double budget = 0.5) : base(budget, EvictionTime.AfterPrompt)
    {
    }

    /// <inheritdoc/>
    public override void Score(in AttentionStep step, AttentionObservations? observations, int kvHead, Span<float> scores)
    {
        ArgumentNullException.ThrowIfNull(observations);
        observations.Group(kvHead, observations.ColumnSums, scores, GroupReduction.Mean);
        var rows = step.Span.RowCount;
        for (var slot = 0; slot < scores.Length; slot++) scores[slot] /= Math.Min(rows, scores.Length - slot);
    }

    /// <inheritdoc/>
    protected override ObservationRequest Needs(in AttentionStep step) => s_sums;
}
