using Tessera.Models.Attention;

namespace Tessera.Context.Policies;

/// <summary>
/// The heavy-hitter oracle: each KV head keeps its most recent tokens, and of the others those that have collected the most attention so far.
/// A KV head's sums take in all of its query heads; they begin with the prompt and go on while the answer is written.
/// </summary>
[Method("h2o", "H2O: Heavy-Hitter Oracle for Efficient Generative Inference of Large Language Models", "2306.14048", 2023, MethodStage.Policy)]
public sealed class HeavyHitterOracle : EvictionPolicy
{
    private static readonly ObservationRequest s_sums = new() { ColumnSums = true };
    private readonly double _heavy;
    private readonly HeavyHitterScore _score;
    private readonly float _decay;
    private List<AttentionSums?> _layers = []; // what each layer's slots have collected
    private float[] _received = [];
    private float[] _scores = [];

    /// <summary>Creates the policy.</summary>
    /// <param name="budget">Slots that a KV head may keep: a share of the prompt up to 1, or a number from 2 on. Default 0.2.</param>
    /// <param name="heavy">The share of the budget that is for heavy hitters, from 0 to below 1; the rest is for recent tokens, at least one. Default 0.5.</param>
    /// <param name="score">sum, as in the paper, or mean, which takes the advantage of early tokens away. Default sum.</param>
    /// <param name="decay">What the sums so far are multiplied by at each pass, above 0 and up to 1. Default 1.</param>
    /// <param name="positions">keep: slots are read at their positions in the text; rebase: at their places in the cache. Default keep.</param>
    /// <exception cref="ArgumentException">A value is out of range, or the budget leaves no room for a recent token.</exception>
    public HeavyHitterOracle(
        double budget = 0.2, double heavy = 0.5, HeavyHitterScore score = HeavyHitterScore.Sum, double decay = 1, CachePositions positions = CachePositions.Keep)
        : base(budget, EvictionTime.EveryStep, positions)
    {
        if (!(heavy >= 0 && heavy < 1)) throw new ArgumentOutOfRangeException(nameof(heavy), heavy, "The share of heavy hitters lies between 0 and below 1.");
        if (!(decay > 0 && decay <= 1)) throw new ArgumentOutOfRangeException(nameof(decay), decay, "The decay lies above 0 and up to 1.");
        if (!Enum.IsDefined(score)) throw new ArgumentOutOfRangeException(nameof(score), score, "No such score.");
        (_heavy, _score, _decay) = (heavy, score, (float)decay);
        if (!Budget.IsShare && RecentSlots(0) < 1) throw new ArgumentException($"A budget of {budget} slots with {HeavySlots(0)} heavy hitters leaves no room for a recent token.", nameof(budget));
    }

    /// <summary>Slots for heavy hitters.</summary>
    /// <param name="promptTokens">Tokens that had been read when the prompt ended; matters where the budget is a share.</param>
    public int HeavySlots(int promptTokens) => Budget.IsShare ? (int)(promptTokens * (Budget.Value * _heavy)) : (int)Math.Round(Budget.Value * _heavy);

    /// <summary>Slots for recent tokens.</summary>
    /// <inheritdoc cref="HeavySlots"/>
    public int RecentSlots(int promptTokens) => Budget.IsShare ? Math.Max(1, (int)(promptTokens * (Budget.Value * (1 - _heavy)))) : (int)Budget.Value - HeavySlots(0);

    /// <summary>The attention that each slot of a head has collected.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="kvHead">The KV head.</param>
    /// <returns>One sum for each slot that is kept; empty before the first pass.</returns>
    public ReadOnlySpan<float> Sums(int layer, int kvHead) => layer < _layers.Count && _layers[layer] is { } sums ? sums.Of(kvHead) : [];

    /// <inheritdoc/>
    public override ObservationRequest? Observe(in AttentionStep step) => Budget.IsWhole ? null : s_sums;

    /// <inheritdoc/>
    public override IAttentionPolicy Fork()
    {
        var fork = (HeavyHitterOracle)base.Fork();
        fork._layers = _layers.ConvertAll(l => l?.Copy());
        (fork._received, fork._scores) = ([], []);
        return fork;
    }

    /// <inheritdoc/>
    public override void Truncate(int length)
    {
        if (length > 0) throw new NotSupportedException($"{nameof(HeavyHitterOracle)} can't take back what the tokens behind {length} paid attention to. Begin a new sequence, or go back to 0.");
        base.Truncate(length);
        _layers.Clear();
    }

    /// <inheritdoc/>
    protected override int SlotsFor(int promptTokens) => Budget.IsWhole ? int.MaxValue : HeavySlots(promptTokens) + RecentSlots(promptTokens);

    /// <inheritdoc/>
    protected override void Remember(in AttentionStep step, AttentionObservations? observations)
    {
        if (observations is null) return;
        while (_layers.Count <= step.Layer) _layers.Add(null);
        var sums = _layers[step.Layer] ??= new AttentionSums(step.State.Heads);
        sums.Begin(step.State.Length - step.Span.RowCount);
        for (var head = 0; head < step.State.Heads; head++)
        {
            var received = Room(ref _received, step.State.SlotCount(head));
            observations.Group(head, observations.ColumnSums, received);
            foreach (var weight in received)
            {
                if (!float.IsFinite(weight)) throw new ArithmeticException($"The attention of layer {step.Layer} holds something that is no number.");
            }

            sums.Add(head, received, _decay);
        }

        sums.End(step.State.Length);
    }

    /// <inheritdoc/>
    protected override int[][] Choose(in AttentionStep step, AttentionObservations? observations, int slots)
    {
        var sums = _layers[step.Layer]!;
        var lists = new int[step.State.Heads][];
        var recent = RecentSlots(PromptTokens);
        for (var head = 0; head < lists.Length; head++)
        {
            var count = step.State.SlotCount(head);
            var kept = lists[head] = new int[Math.Min(slots, count)];
            var heavy = Math.Max(0, kept.Length - recent);
            SlotRanking.TakeBest(Scores(step, head, sums.Of(head))[..(count - (kept.Length - heavy))], kept.AsSpan(0, heavy));
            for (var i = heavy; i < kept.Length; i++) kept[i] = count - kept.Length + i;
            sums.Keep(head, kept);
        }

        return lists;
    }

    private ReadOnlySpan<float> Scores(in AttentionStep step, int kvHead, ReadOnlySpan<float> sums)
    {
        if (_score == HeavyHitterScore.Sum) return sums;
        var scores = Room(ref _scores, sums.Length);
        for (var slot = 0; slot < scores.Length; slot++) scores[slot] = sums[slot] / (step.State.Length - step.State.TokenOf(kvHead, slot));
        return scores;
    }

    private static Span<float> Room(ref float[] buffer, int count)
    {
        if (buffer.Length < count) buffer = new float[Math.Max(count, buffer.Length * 2)];
        return buffer.AsSpan(0, count);
    }
}
