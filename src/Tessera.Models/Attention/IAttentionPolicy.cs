using Tessera.Models.State;

namespace Tessera.Models.Attention;

/// <summary>
/// Decides, layer by layer, which cached slots a sequence's rows read and which stay. Called on the thread that runs the pass; one object serves
/// one sequence. It decides only: the state carries a plan out, after the layer's attention, or refuses it whole.
/// </summary>
public interface IAttentionPolicy
{
    /// <summary>What <see cref="AfterAttention"/> wants to see in a layer; null for nothing.</summary>
    ObservationRequest? Observe(int layer);

    /// <summary>Called before the rows are appended. Returns what they see instead of what the pass says, or null to leave it.</summary>
    RowVisibility? BeforeAttention(in AttentionStep step);

    /// <summary>Called when the layer's attention is computed. Returns what stays in the state from now on, or null for everything.</summary>
    /// <param name="step">The step; the state holds the rows of the pass.</param>
    /// <param name="observations">What was asked for; null if nothing was.</param>
    KeepPlan? AfterAttention(in AttentionStep step, AttentionObservations? observations);
}
