using Tessera.Models.Attention;

namespace Tessera.Context.Policies;

/// <summary>A policy that gives every slot a score and keeps the highest, the lower slot first among equals. A method adds the score.</summary>
/// <inheritdoc cref="EvictionPolicy" path="/remarks"/>
public abstract class ScoredPolicy : EvictionPolicy
{
    private float[] _scores = [];

    /// <inheritdoc cref="EvictionPolicy(double, EvictionTime, CachePositions)"/>
    protected ScoredPolicy(double budget, EvictionTime when = EvictionTime.EveryStep, CachePositions positions = CachePositions.Keep) : base(budget, when, positions)
    {
    }

    /// <summary>Whether all heads of a layer keep the slots that the first one chooses. Default false.</summary>
    protected virtual bool OneListForAll => false;

    /// <inheritdoc/>
    public sealed override ObservationRequest? Observe(in AttentionStep step) => Acts(step) ? Needs(step) : null;

    /// <summary>Scores the slots of a KV head.</summary>
    /// <param name="step">The step; the state holds the rows of the pass.</param>
    /// <param name="observations">What <see cref="Needs"/> asked for.</param>
    /// <param name="kvHead">The KV head.</param>
    /// <param name="scores">Takes one finite number, or ±∞, for each slot that the head holds.</param>
    public abstract void Score(in AttentionStep step, AttentionObservations? observations, int kvHead, Span<float> scores);

    /// <inheritdoc/>
    public override IAttentionPolicy Fork()
    {
        var fork = (ScoredPolicy)base.Fork();
        fork._scores = []; // scratch, not memory
        return fork;
    }

    /// <summary>What the score needs to see; null for nothing but the state. Asked only where slots may be dropped.</summary>
    protected virtual ObservationRequest? Needs(in AttentionStep step) => null;

    /// <inheritdoc/>
    protected sealed override int[][] Choose(in AttentionStep step, AttentionObservations? observations, int slots)
    {
        var lists = new int[OneListForAll ? 1 : step.State.Heads][];
        for (var head = 0; head < lists.Length; head++)
        {
            var count = step.State.SlotCount(head);
            if (_scores.Length < count) _scores = new float[Math.Max(count, _scores.Length * 2)];
            var scores = _scores.AsSpan(0, count);
            Score(step, observations, head, scores);
            foreach (var score in scores)
            {
                if (float.IsNaN(score)) throw new ArithmeticException($"{GetType().Name} scores a slot of layer {step.Layer} with something that is no number.");
            }

            lists[head] = SlotRanking.Best(scores, Math.Min(slots, count));
        }

        return lists;
    }
}
