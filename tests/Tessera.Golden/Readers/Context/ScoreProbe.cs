using Tessera.Context.Policies;
using Tessera.Models.Attention;
using Tessera.Models.State;

namespace Tessera.Golden;

/// <summary>A policy that keeps another one's scores, of each layer and KV head, and otherwise does what that one does.</summary>
internal sealed class ScoreProbe(EvictionPolicy policy) : IAttentionPolicy
{
    public bool Renumbers => policy.Renumbers;

    public int MaxRows => policy.MaxRows;

    /// <summary>By layer and KV head, of the last pass in which the policy asked to see something or could act.</summary>
    public Dictionary<(int Layer, int Head), float[]> Scores { get; } = [];

    public ObservationRequest? Observe(in AttentionStep step) => policy.Observe(step);

    public RowVisibility? BeforeAttention(in AttentionStep step) => policy.BeforeAttention(step);

    public KeepPlan? AfterAttention(in AttentionStep step, AttentionObservations? observations)
    {
        if (step.Span.RowCount > 1 && policy is ScoredPolicy scored)
        {
            for (var head = 0; head < step.State.Heads; head++)
                scored.Score(step, observations, head, Scores[(step.Layer, head)] = new float[step.State.SlotCount(head)]);
        }

        var plan = policy.AfterAttention(step, observations);
        for (var head = 0; step.Span.RowCount > 1 && policy is StreamingLlm && head < step.State.Heads; head++)
        {
            // It has no scores: what stays has 1, the rest 0.
            var scores = Scores[(step.Layer, head)] = new float[step.State.SlotCount(head)];
            foreach (var slot in plan?.Slots[head] ?? [.. Enumerable.Range(0, scores.Length)]) scores[slot] = 1;
        }

        return plan;
    }

    /// <summary>The scores of a layer as kvpress writes them: what must stay has the highest score of the layer and 1 more.</summary>
    public float[][] OfLayer(int layer, int heads)
    {
        const float stays = 2; // no mean of probabilities, no cosine and no negative norm reaches it
        var most = Enumerable.Range(0, heads).SelectMany(h => Scores[(layer, h)]).Where(s => s < stays).DefaultIfEmpty(0).Max();
        return [.. Enumerable.Range(0, heads).Select(h => Array.ConvertAll(Scores[(layer, h)], s => s < stays ? s : most + 1))];
    }

    public IAttentionPolicy Fork() => new ScoreProbe((EvictionPolicy)policy.Fork());

    public void Truncate(int length) => policy.Truncate(length);
}
