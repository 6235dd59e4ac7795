using Tessera.Models.Attention;

namespace Tessera.Context.Policies;

/// <summary>
/// Token omission via attention: whenever a layer holds more slots than its budget, those go to which the newest token, averaged over all query heads,
/// paid the least attention. One list for the whole layer. Nothing is remembered from one step to the next.
/// </summary>
[Method("tova", "Transformers are Multi-State RNNs", "2401.06104", 2024, MethodStage.Policy)]
public sealed class Tova : ScoredPolicy
{
    private static readonly ObservationRequest s_lastRow = new() { LastRow = true };

    /// <summary>Creates the policy.</summary>
    /// <param name="budget">Slots that a KV head may keep: a share of the prompt up to 1, or a number from 2 on. Default 0.2.</param>
    /// <param name="keepNewest">Whether the newest token stays even if it is the weakest. Default false, as in the authors' code.</param>
    /// <param name="when">every-step, or after-prompt to drop once the prompt is read. Default every-step.</param>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public Tova(double budget = 0.2, bool keepNewest = false, EvictionTime when = EvictionTime.EveryStep) : base(budget, when) => KeepNewest = keepNewest;

    /// <summary>Whether the newest token always stays.</summary>
    public bool KeepNewest { get; }

    /// <inheritdoc/>
    protected override bool OneListForAll => true;

    /// <inheritdoc/>
    protected override ObservationRequest Needs(in AttentionStep step) => s_lastRow;

    /// <inheritdoc/>
    public override void Score(in AttentionStep step, AttentionObservations? observations, int kvHead, Span<float> scores)
    {
        ArgumentNullException.ThrowIfNull(observations);
        scores.Clear();
        for (var head = 0; head < observations.Heads; head++)
        {
            var weights = observations.LastRow(head);
            for (var slot = 0; slot < scores.Length; slot++) scores[slot] += weights[slot];
        }

        foreach (ref var score in scores) score /= observations.Heads;
        if (KeepNewest) scores[^1] = float.PositiveInfinity;
    }
}
