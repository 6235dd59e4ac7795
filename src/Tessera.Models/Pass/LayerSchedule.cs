using Tessera.Models.Attention;

namespace Tessera.Models.Passes;

/// <summary>
/// Decides, layer by layer, which tokens of one sequence run (design: "which rows run through which layers"). It decides only: the pass
/// carries a plan out. Rows that a layer leaves out either go on unchanged or wait in the sequence's store of pending hidden states, from
/// which a later pass may let them enter at the layer where they stopped. A layer's keys and values are those of the tokens that ran
/// through it, at their own positions; a row sees those at its own token index or before it. Called on the thread that runs the pass; one
/// object serves one sequence.
/// </summary>
/// <remarks>
/// A sequence under a schedule takes causal or full rows, and no <see cref="IAttentionPolicy"/>; recurrent layers take plans that run every
/// row. What can't be done is refused with a <see cref="NotSupportedException"/>.
/// </remarks>
public abstract class LayerSchedule
{
    /// <summary>What has run under it so far; passes that failed do not count.</summary>
    public ScheduleCounts Counts { get; private set; } = new();

    /// <summary>Lets it count into an object that it shares with others.</summary>
    /// <param name="counts">The object.</param>
    /// <returns>This schedule.</returns>
    public LayerSchedule CountedBy(ScheduleCounts counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        Counts = counts;
        return this;
    }

    /// <summary>What runs through a layer. Called for each layer of each pass, in order.</summary>
    /// <param name="step">The layer and what there is.</param>
    public abstract LayerPlan Plan(in ScheduleStep step);

    /// <summary>What <see cref="After"/> wants to see of a layer's attention; null, the default, for nothing: it is not called then.</summary>
    /// <param name="step">The layer, planned already.</param>
    public virtual ObservationRequest? Observe(in ScheduleStep step) => null;

    /// <summary>Called when the attention of a layer is computed that <see cref="Observe"/> asked for.</summary>
    /// <param name="step">The layer; <see cref="ScheduleStep.Seen"/> says which token each figure belongs to.</param>
    /// <param name="figures">What was asked for.</param>
    public virtual void After(in ScheduleStep step, AttentionObservations figures)
    {
    }

    /// <summary>The schedule of a fork of the sequence: decides as this one would, and counts with it.</summary>
    public LayerSchedule Fork() => Copy().CountedBy(Counts);

    /// <summary>A schedule of the same settings that decides as this one would.</summary>
    protected abstract LayerSchedule Copy();
}
