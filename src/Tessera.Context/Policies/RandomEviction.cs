using Tessera.Models.Attention;

namespace Tessera.Context.Policies;

/// <summary>
/// Keeps the newest token and a uniformly random choice of those before it, for each KV head another one: the baseline that a method must beat. Every token has a random
/// number of its own, and the highest stay; so the choice depends on the seed alone, and not on how the text was cut into passes.
/// </summary>
public sealed class RandomEviction : ScoredPolicy
{
    private readonly ulong _seed;

    /// <summary>Creates the policy.</summary>
    /// <param name="budget">Slots that a KV head may keep: a share of the prompt up to 1, or a number from 2 on. Default 0.2.</param>
    /// <param name="seed">Names the random numbers. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The budget is out of range.</exception>
    public RandomEviction(double budget = 0.2, ulong seed = 0) : base(budget) => _seed = seed;

    /// <inheritdoc/>
    public override void Score(in AttentionStep step, AttentionObservations? observations, int kvHead, Span<float> scores)
    {
        var stream = (uint)(step.Layer * step.State.Heads + kvHead);
        for (var slot = 0; slot < scores.Length; slot++)
            scores[slot] = (float)new RandomKey(_seed, stream, (uint)step.State.TokenOf(kvHead, slot), RandomPurpose.Cache).Uniform();
        scores[^1] = float.PositiveInfinity;
    }
}
