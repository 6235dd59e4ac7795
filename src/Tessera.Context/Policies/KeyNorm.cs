using Tessera.Models.Attention;

namespace Tessera.Context.Policies;

/// <summary>
/// Keeps the tokens whose keys are short: keys of a small L2 norm are those that collect much attention. Needs no attention weights. Acts once a prompt is read.
/// </summary>
[Method("knorm", "A Simple and Effective L2 Norm-Based Strategy for KV Cache Compression", "2406.11430", 2024, MethodStage.Policy)]
public sealed class KeyNorm : ScoredPolicy
{
    private float[] _key = [];

    /// <summary>Creates the policy.</summary>
    /// <param name="budget">Slots that a KV head may keep: a share of the prompt up to 1, or a number from 2 on. Default 0.5.</param>
    /// <param name="when">after-prompt, or every-step. Default after-prompt.</param>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public KeyNorm(double budget = 0.5, EvictionTime when = EvictionTime.AfterPrompt) : base(budget, when)
    {
    }

    /// <inheritdoc/>
    public override void Score(in AttentionStep step, AttentionObservations? observations, int kvHead, Span<float> scores)
    {
        if (_key.Length < step.State.HeadSize) _key = new float[step.State.HeadSize];
        var key = _key.AsSpan(0, step.State.HeadSize);
        for (var slot = 0; slot < scores.Length; slot++)
        {
            step.State.ReadKey(kvHead, slot, key);
            var sum = 0.0;
            foreach (var x in key) sum += (double)x * x;
            scores[slot] = (float)-Math.Sqrt(sum);
        }
    }

    /// <inheritdoc/>
    public override IAttentionPolicy Fork()
    {
        var fork = (KeyNorm)base.Fork();
        fork._key = [];
        return fork;
    }
}
