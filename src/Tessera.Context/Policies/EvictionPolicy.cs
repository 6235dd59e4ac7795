using Tessera.Models.Attention;
using Tessera.Models.State;

namespace Tessera.Context.Policies;

/// <summary>
/// What all policies that drop cached slots have in common: the budget, when it is enforced, and the plan. A policy adds one method that says which
/// slots stay. Slots are dropped behind the attention of a pass, so that its own rows have seen everything; the most that a head holds is the
/// budget and the rows of a pass.
/// </summary>
/// <remarks>
/// A share is of all tokens that the sequence holds when a prompt ends, and stays while the answer is written; in a conversation it grows with each turn. A pass of more than one row, or
/// the first one, counts as a prompt.
/// </remarks>
public abstract class EvictionPolicy : IAttentionPolicy
{
    /// <summary>Creates a policy.</summary>
    /// <param name="budget">Slots that a KV head may keep: a share of the prompt up to 1, or a number from 2 on.</param>
    /// <param name="when">When it is enforced.</param>
    /// <param name="positions">At which positions kept slots are read.</param>
    protected EvictionPolicy(double budget, EvictionTime when = EvictionTime.EveryStep, CachePositions positions = CachePositions.Keep)
    {
        if (!Enum.IsDefined(when)) throw new ArgumentOutOfRangeException(nameof(when), when, "No such time.");
        if (!Enum.IsDefined(positions)) throw new ArgumentOutOfRangeException(nameof(positions), positions, "No such positions.");
        (Budget, When, Positions) = (new CacheBudget(budget), when, positions);
    }

    /// <summary>Slots that a KV head may keep.</summary>
    public CacheBudget Budget { get; }

    /// <summary>When the budget is enforced.</summary>
    public EvictionTime When { get; }

    /// <summary>At which positions kept slots are read.</summary>
    public CachePositions Positions { get; init; }

    /// <inheritdoc/>
    public bool Renumbers => Positions == CachePositions.Rebase;

    /// <inheritdoc/>
    public virtual int MaxRows => int.MaxValue;

    /// <inheritdoc/>
    public virtual ObservationRequest? Observe(in AttentionStep step) => null;

    /// <inheritdoc/>
    public virtual RowVisibility? BeforeAttention(in AttentionStep step) => null;

    /// <inheritdoc/>
    public KeepPlan? AfterAttention(in AttentionStep step, AttentionObservations? observations)
    {
        Remember(step, observations);
        if (!Acts(step)) return null;
        if (IsPrompt(step)) PromptTokens = step.State.Length;
        var slots = SlotsFor(PromptTokens);
        var most = 0;
        for (var head = 0; head < step.State.Heads; head++) most = Math.Max(most, step.State.SlotCount(head));
        if (most <= slots) return null;
        var lists = Choose(step, observations, slots);
        return lists.Length == 1 ? KeepPlan.Same(step.State.Heads, lists[0]) : new KeepPlan(lists);
    }

    /// <inheritdoc/>
    public virtual IAttentionPolicy Fork() => (IAttentionPolicy)MemberwiseClone();

    /// <inheritdoc/>
    public virtual void Truncate(int length)
    {
        if (length == 0) PromptTokens = 0;
    }

    /// <summary>Tokens that had been read when the last prompt ended.</summary>
    protected int PromptTokens { get; private set; }

    /// <summary>Whether the budget is enforced behind this pass: then <see cref="Choose"/> may be called, and what it needs must be observed.</summary>
    protected bool Acts(in AttentionStep step) => step.RowsToCome == 0 && !Budget.IsWhole && (When == EvictionTime.EveryStep || IsPrompt(step));

    /// <summary>The slots that a head may keep.</summary>
    /// <param name="promptTokens">Tokens that had been read when the last prompt ended.</param>
    protected virtual int SlotsFor(int promptTokens) => Budget.Slots(promptTokens);

    /// <summary>Takes note of a layer's pass, also where nothing is dropped behind it. By default nothing.</summary>
    protected virtual void Remember(in AttentionStep step, AttentionObservations? observations)
    {
    }

    /// <summary>Says what stays. Called where some head holds more than <paramref name="slots"/>.</summary>
    /// <param name="step">The step; the state holds the rows of the pass.</param>
    /// <param name="observations">What was asked for.</param>
    /// <param name="slots">How many slots a head may keep; a head that holds fewer keeps all.</param>
    /// <returns>For each KV head, or once for all heads, the slots that stay, ascending.</returns>
    protected abstract int[][] Choose(in AttentionStep step, AttentionObservations? observations, int slots);

    // The state may hold the pass's rows already or not yet.
    private static bool IsPrompt(in AttentionStep step) => step.Span.RowCount > 1 || step.State.Length <= step.Span.RowCount;
}
