using Tessera.Context.Policies;
using Tessera.Models.Attention;
using Tessera.Models.State;

namespace Tessera.Context.Selection;

/// <summary>
/// Keeps the whole cache and reads a part of it: the first tokens, the most recent ones, and those in between for which the query heads vote. Each
/// head's vote is a softmax over the candidates, so that no head can outvote the others. Slots are read at their places in the list, so that a prompt may be
/// longer than the model was trained for.
/// </summary>
/// <remarks>
/// A chunk of a prompt shares one choice for each layer; a generated token has its own. The vote takes the scores without 1/√(head size), as the authors'
/// code does. Query head h reads KV head h / G; the authors' kernel takes h mod KV heads.
/// </remarks>
[Method("tokenselect", "TokenSelect: Efficient Long-Context Inference and Length Extrapolation for LLMs via Dynamic Token-Level KV Cache Selection", "2411.02886", 2024, MethodStage.Selection)]
public sealed unsafe class TokenSelect : IAttentionPolicy
{
    private readonly int _pool;
    private readonly bool _scale;
    private readonly double _similarity;
    private Dictionary<int, (TokenSelection Choice, int Length)> _choices = [];

    /// <summary>Creates the selection.</summary>
    /// <param name="initial">How many of the first tokens are always read, from 0. Default 128.</param>
    /// <param name="local">How many of the last tokens are always read, at least 1; prompts run in chunks of at most this many. Default 512.</param>
    /// <param name="select">How many tokens in between are read, at least 1. Default 2048.</param>
    /// <param name="pool">Odd width over which a token's vote is the largest of its neighbours'; 0 or 1 for none. Default 0.</param>
    /// <param name="scale">Whether the vote divides scores by √(head size). Default false, as in the authors' code.</param>
    /// <param name="similarity">A generated token reads what the last one chose if their queries' cosine is at least this, −1 to 1; 2 for never. Default 2; the paper's value is 0.9.</param>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public TokenSelect(int initial = 128, int local = 512, int select = 2048, int pool = 0, bool scale = false, double similarity = 2)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(initial);
        ArgumentOutOfRangeException.ThrowIfLessThan(local, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(select, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(pool);
        if (pool > 0 && pool % 2 == 0) throw new ArgumentOutOfRangeException(nameof(pool), pool, "A pool has an odd width, or the votes would shift.");
        if (!(similarity is >= -1 and <= 1 or 2)) throw new ArgumentOutOfRangeException(nameof(similarity), similarity, "A cosine lies between −1 and 1; 2 stands for never.");
        (Initial, Local, Select, _pool, _scale, _similarity) = (initial, local, select, pool, scale, similarity);
    }

    /// <summary>How many of the first tokens are always read.</summary>
    public int Initial { get; }

    /// <summary>How many of the last tokens are always read.</summary>
    public int Local { get; }

    /// <summary>How many tokens in between are read.</summary>
    public int Select { get; }

    /// <summary>How often a layer's earlier choice was used again.</summary>
    public long Reused { get; private set; }

    /// <summary>How often a layer's choice was made.</summary>
    public long Chosen { get; private set; }

    /// <inheritdoc/>
    public int MaxRows => Local;

    /// <inheritdoc/>
    public bool Renumbers => true;

    /// <inheritdoc/>
    public ObservationRequest? Observe(in AttentionStep step) => null;

    /// <inheritdoc/>
    public RowVisibility? BeforeAttention(in AttentionStep step) => Choose(step) is { } choice ? RowVisibility.FromSlots([choice.Slots]) : null;

    /// <inheritdoc/>
    public KeepPlan? AfterAttention(in AttentionStep step, AttentionObservations? observations) => null;

    /// <inheritdoc/>
    public IAttentionPolicy Fork()
    {
        var fork = (TokenSelect)MemberwiseClone();
        fork._choices = new(_choices);
        return fork;
    }

    /// <inheritdoc/>
    public void Truncate(int length) => _choices.Clear();

    /// <summary>Chooses what a chunk reads.</summary>
    /// <param name="step">The step, before its rows are appended.</param>
    /// <returns>The choice; null where everything is read, since there is no more.</returns>
    /// <exception cref="InvalidOperationException">The chunk has more rows than the local tokens, or keys are not kept raw.</exception>
    public TokenSelection? Choose(in AttentionStep step)
    {
        var (state, rows) = (step.State, step.Span.RowCount);
        if (rows > Local) throw new InvalidOperationException($"A chunk of {rows} rows; TokenSelect reads {Local} local tokens, and a chunk's own must be among them.");
        if (state.Rotation is null) throw new InvalidOperationException("TokenSelect compares keys before their rotation: the sequence must keep raw keys.");
        var (cached, tokens) = (state.SlotCount(0), state.SlotCount(0) + rows);
        if ((long)Initial + Select + Local >= tokens) return null;
        var probe = Probe(step);
        if (rows == 1 && Earlier(step.Layer, state.Length, probe) is { } earlier)
        {
            Reused++;
            return earlier with { Probe = probe, Slots = List(earlier.Selected, tokens, cached) };
        }

        var vote = Pool(Vote(step, probe, tokens - Local));
        var selected = SlotRanking.Best(vote, Select);
        foreach (ref var slot in selected.AsSpan()) slot += Initial;
        var choice = new TokenSelection(probe, vote, selected, List(selected, tokens, cached));
        if (_similarity <= 1) _choices[step.Layer] = (choice, state.Length);
        Chosen++;
        return choice;
    }

    // Every candidate is scored as if it stood the local tokens away: queries turned to positions from there on, keys not turned at all.
    private float[] Probe(in AttentionStep step)
    {
        var (rows, size, table) = (step.Span.RowCount, step.State.HeadSize, step.State.Rotation!);
        table.Reach(Local + rows);
        var width = step.Heads * size;
        var (probe, row) = (new float[width], new float[width]);
        for (var r = 0; r < rows; r++)
        {
            step.Queries.Slice(r * width, width).CopyTo(row);
            fixed (float* q = row) table.Rotate(q, step.Heads, size, Local + r);
            for (var i = 0; i < width; i++) probe[i] += row[i];
        }

        foreach (ref var x in probe.AsSpan()) x /= rows;
        return probe;
    }

    // For each candidate the sum over query heads of a softmax over the candidates.
    private float[] Vote(in AttentionStep step, ReadOnlySpan<float> probe, int end)
    {
        var (state, groups) = (step.State, step.Heads / step.State.Heads);
        var (slots, scale) = (state.SlotCount(0), _scale ? 1 / Math.Sqrt(state.HeadSize) : 1);
        var vote = new double[end - Initial];
        var scores = new float[groups * slots];
        for (var head = 0; head < state.Heads; head++)
        {
            AttentionOperation.Dot(state, head, probe.Slice(head * groups * state.HeadSize, groups * state.HeadSize), scores);
            for (var g = 0; g < groups; g++) AddSoftmax(scores.AsSpan(g * slots + Initial, vote.Length), scale, vote);
        }

        return Array.ConvertAll(vote, static v => (float)v);
    }

    private static void AddSoftmax(ReadOnlySpan<float> scores, double scale, double[] vote)
    {
        var (most, sum) = (double.NegativeInfinity, 0.0);
        foreach (var score in scores) most = Math.Max(most, score * scale);
        foreach (var score in scores) sum += Math.Exp(score * scale - most);
        for (var i = 0; i < scores.Length; i++) vote[i] += Math.Exp(scores[i] * scale - most) / sum;
    }

    private float[] Pool(float[] vote)
    {
        if (_pool <= 1) return vote;
        var pooled = new float[vote.Length];
        for (var i = 0; i < vote.Length; i++)
        {
            pooled[i] = vote[i];
            for (var j = Math.Max(0, i - _pool / 2); j <= Math.Min(vote.Length - 1, i + _pool / 2); j++) pooled[i] = MathF.Max(pooled[i], vote[j]);
        }

        return pooled;
    }

    private int[] List(int[] selected, int tokens, int cached) => [.. Enumerable.Range(0, Initial), .. selected, .. Enumerable.Range(tokens - Local, cached - (tokens - Local))];

    private TokenSelection? Earlier(int layer, int length, ReadOnlySpan<float> probe)
    {
        // A choice of a pass that was taken back is none.
        if (!_choices.TryGetValue(layer, out var known) || known.Length >= length) return null;
        var (dot, own, other) = (0.0, 0.0, 0.0);
        for (var i = 0; i < probe.Length; i++)
        {
            dot += (double)probe[i] * known.Choice.Probe[i];
            own += (double)probe[i] * probe[i];
            other += (double)known.Choice.Probe[i] * known.Choice.Probe[i];
        }

        return dot >= _similarity * Math.Sqrt(own * other) ? known.Choice : null;
    }
}
