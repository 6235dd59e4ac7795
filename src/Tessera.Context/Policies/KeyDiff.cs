using Tessera.Models.Attention;

namespace Tessera.Context.Policies;

/// <summary>
/// Keeps the tokens whose keys differ most from the others': score = −cos(key, mean of all keys' directions). Needs no attention weights. Acts once a
/// prompt is read.
/// </summary>
[Method("keydiff", "KeyDiff: Key Similarity-Based KV Cache Eviction for Long-Context LLM Inference in Resource-Constrained Environments", "2504.15364", 2025, MethodStage.Policy)]
public sealed class KeyDiff : ScoredPolicy
{
    /// <summary>Creates the policy.</summary>
    /// <param name="budget">Slots that a KV head may keep: a share of the prompt up to 1, or a number from 2 on. Default 0.5.</param>
    /// <param name="when">after-prompt, or every-step. Default after-prompt.</param>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public KeyDiff(double budget = 0.5, EvictionTime when = EvictionTime.AfterPrompt) : base(budget, when)
    {
    }

    /// <inheritdoc/>
    public override void Score(in AttentionStep step, AttentionObservations? observations, int kvHead, Span<float> scores)
    {
        var (key, anchor) = (new float[step.State.HeadSize], new double[step.State.HeadSize]);
        for (var slot = 0; slot < scores.Length; slot++)
        {
            step.State.ReadKey(kvHead, slot, key);
            var norm = Norm(key);
            for (var i = 0; i < key.Length; i++) anchor[i] += key[i] / norm / scores.Length;
        }

        var length = 0.0;
        foreach (var x in anchor) length += x * x;
        length = Math.Max(Math.Sqrt(length), Smallest);
        for (var slot = 0; slot < scores.Length; slot++)
        {
            step.State.ReadKey(kvHead, slot, key);
            var dot = 0.0;
            for (var i = 0; i < key.Length; i++) dot += key[i] * anchor[i];
            scores[slot] = (float)(-dot / (Norm(key) * length));
        }
    }

    private const double Smallest = 1e-12; // a key of zeros has no direction; the same bound as torch's normalize

    private static double Norm(ReadOnlySpan<float> key)
    {
        var sum = 0.0;
        foreach (var x in key) sum += (double)x * x;
        return Math.Max(Math.Sqrt(sum), Smallest);
    }
}
