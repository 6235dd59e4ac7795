using Tessera.Models.State;

namespace Tessera.Models.Attention;

/// <summary>
/// Decides, layer by layer, which cached slots a sequence's rows read and which stay. Called on the thread that runs the pass; one object serves
/// one sequence. It decides only: plans are carried out when the whole pass has succeeded, or not at all.
/// </summary>
public interface IAttentionPolicy
{
    /// <summary>The most rows that a pass may have for what the policy does; longer prompts are run in pieces of at most this many. Default: any number.</summary>
    int MaxRows => int.MaxValue;

    /// <summary>
    /// Whether the sequence is to store its keys raw and to read them at their place among the slots that are read, so that positions never exceed what
    /// is cached. Default false: keys keep the position of their token.
    /// </summary>
    bool Renumbers => false;

    /// <summary>Called before the rows are appended, after <see cref="BeforeAttention"/>. Says what <see cref="AfterAttention"/> wants to see; null for nothing.</summary>
    ObservationRequest? Observe(in AttentionStep step);

    /// <summary>Called before the rows are appended. Returns what they see instead of what the pass says, or null to leave it.</summary>
    RowVisibility? BeforeAttention(in AttentionStep step);

    /// <summary>Called when the layer's attention is computed. Returns what stays in the state from the end of the pass on, or null for everything.</summary>
    /// <param name="step">The step; the state holds the rows of the pass.</param>
    /// <param name="observations">What was asked for; null if nothing was.</param>
    /// <remarks>
    /// A pass may fail after this call. Then the plan is forgotten, and the next call finds the state as it was before this one: a policy that remembers
    /// something tells by <see cref="LayerState.Length"/> and takes its last step back.
    /// </remarks>
    KeepPlan? AfterAttention(in AttentionStep step, AttentionObservations? observations);

    /// <summary>A policy for a fork of the sequence: the same options, and the same memory of what was seen so far.</summary>
    IAttentionPolicy Fork();

    /// <summary>The sequence forgets its tokens from <paramref name="length"/> on; none of them, nor of those before, has been dropped, or length is 0.</summary>
    /// <param name="length">Tokens that stay; 0 for a new beginning.</param>
    /// <exception cref="NotSupportedException">What the policy remembers can't go back that far; nothing was changed. Never for 0.</exception>
    void Truncate(int length);
}
