using Tessera.Models.Attention;

namespace Tessera.Context.Policies;

/// <summary>
/// Attention sinks: keeps the first few tokens, on which trained models park attention that has nowhere to go, and the most recent ones, and reads
/// them at their places in the cache, so that a text of any length can be read. Without sinks it is a plain sliding window.
/// </summary>
[Method("streaming-llm", "Efficient Streaming Language Models with Attention Sinks", "2309.17453", 2023, MethodStage.Policy)]
public sealed class StreamingLlm : EvictionPolicy
{
    /// <summary>Creates the policy.</summary>
    /// <param name="budget">Slots that a KV head may keep: a share of the prompt up to 1, or a number from 2 on. Default 2004, the sinks and 2,000 recent tokens.</param>
    /// <param name="sinks">How many of the first tokens always stay, from 0; 0 is a sliding window. Default 4.</param>
    /// <param name="positions">rebase: slots are read at their places in the cache, as in the paper; keep: at those in the text. Default rebase.</param>
    /// <param name="when">every-step, or after-prompt to drop once the prompt is read. Default every-step.</param>
    /// <exception cref="ArgumentException">A value is out of range, or the budget leaves no room for a recent token.</exception>
    public StreamingLlm(double budget = 2004, int sinks = 4, CachePositions positions = CachePositions.Rebase, EvictionTime when = EvictionTime.EveryStep)
        : base(budget, when, positions)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sinks);
        if (!Budget.IsShare && budget <= sinks) throw new ArgumentException($"A budget of {budget} slots leaves no room beside {sinks} sinks.", nameof(budget));
        Sinks = sinks;
    }

    /// <summary>How many of the first tokens always stay.</summary>
    public int Sinks { get; }

    /// <inheritdoc/>
    protected override int SlotsFor(int promptTokens) => Math.Max(Sinks + 1, base.SlotsFor(promptTokens));

    /// <inheritdoc/>
    protected override int[][] Choose(in AttentionStep step, AttentionObservations? observations, int slots)
    {
        var kept = new int[slots];
        var dropped = step.State.SlotCount(0) - slots; // every head holds the same
        for (var i = 0; i < slots; i++) kept[i] = i < Sinks ? i : i + dropped;
        return [kept];
    }
}
