using Tessera.Context.Policies;
using Tessera.Models.Attention;
using Tessera.Models.State;

namespace Tessera.Context.Selection;

/// <summary>
/// Keeps the whole cache and lets a generated token read the chunks of it that can matter: for each chunk of neighbouring keys the smallest and largest value of every channel bound
/// the products with the query, and the chunks of the highest bounds are read. Prompts read everything, as do the first layers.
/// </summary>
/// <remarks>A query head chooses for itself; heads that share a KV head read what any of them chose, and a token always reads itself.</remarks>
[Method("quest", "Quest: Query-Aware Sparsity for Efficient Long-Context LLM Inference", "2406.10774", 2024, MethodStage.Selection)]
public sealed class Quest : IAttentionPolicy
{
    private const int FewestChunks = 3; // the authors' code: max(3, budget / chunk)
    private readonly int _firstLayer;

    /// <summary>Creates the selection.</summary>
    /// <param name="budget">Tokens that a query head reads, at least 1; in whole chunks, and three chunks at least. Default 1024.</param>
    /// <param name="chunk">Tokens of a chunk, at least 1. Default 16.</param>
    /// <param name="fullLayers">How many of the first layers read everything, from 0. Default 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public Quest(int budget = 1024, int chunk = 16, int fullLayers = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(budget, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(chunk, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(fullLayers);
        (Budget, Chunk, _firstLayer) = (budget, chunk, fullLayers);
    }

    /// <summary>Tokens that a query head reads.</summary>
    public int Budget { get; }

    /// <summary>Tokens of a chunk.</summary>
    public int Chunk { get; }

    /// <inheritdoc/>
    public ObservationRequest? Observe(in AttentionStep step) => null;

    /// <inheritdoc/>
    public RowVisibility? BeforeAttention(in AttentionStep step)
    {
        if (step.Layer < _firstLayer || step.Span.RowCount > 1 || step.State.Rotation is not null) return null;
        var (state, size, groups) = (step.State, step.State.HeadSize, step.Heads / step.State.Heads);
        var lists = new int[state.Heads][];
        for (var head = 0; head < lists.Length; head++)
        {
            var slots = new SortedSet<int>();
            for (var g = 0; g < groups; g++) slots.UnionWith(SlotsOf(Choose(Bounds(state, head, step.Queries.Slice((head * groups + g) * size, size))), state.SlotCount(head)));
            lists[head] = [.. slots];
        }

        return RowVisibility.FromSlots(lists);
    }

    /// <inheritdoc/>
    public KeepPlan? AfterAttention(in AttentionStep step, AttentionObservations? observations) => null;

    /// <inheritdoc/>
    public IAttentionPolicy Fork() => this; // remembers nothing

    /// <inheritdoc/>
    public void Truncate(int length)
    {
    }

    /// <summary>For each chunk of a KV head's keys the most that a query's product with one of them can be, without scale.</summary>
    /// <param name="state">Holds the keys, rotated.</param>
    /// <param name="kvHead">The KV head.</param>
    /// <param name="query">The query of one head, rotated.</param>
    public float[] Bounds(KeyValueState state, int kvHead, ReadOnlySpan<float> query)
    {
        ArgumentNullException.ThrowIfNull(state);
        var slots = state.SlotCount(kvHead);
        var (key, least, most) = (new float[state.HeadSize], new float[state.HeadSize], new float[state.HeadSize]);
        var bounds = new float[(slots + Chunk - 1) / Chunk];
        for (var chunk = 0; chunk < bounds.Length; chunk++)
        {
            Array.Fill(least, float.PositiveInfinity);
            Array.Fill(most, float.NegativeInfinity);
            for (var slot = chunk * Chunk; slot < Math.Min(slots, (chunk + 1) * Chunk); slot++)
            {
                state.ReadKey(kvHead, slot, key);
                for (var i = 0; i < key.Length; i++) (least[i], most[i]) = (MathF.Min(least[i], key[i]), MathF.Max(most[i], key[i]));
            }

            var sum = 0.0;
            for (var i = 0; i < key.Length; i++) sum += Math.Max((double)query[i] * least[i], (double)query[i] * most[i]);
            bounds[chunk] = (float)sum;
        }

        return bounds;
    }

    /// <summary>The chunks that a query head reads, ascending.</summary>
    /// <param name="bounds">A bound for each chunk.</param>
    public int[] Choose(ReadOnlySpan<float> bounds) => SlotRanking.Best(bounds, Math.Min(bounds.Length, Math.Max(FewestChunks, Budget / Chunk)));

    /// <summary>The slots of chunks.</summary>
    /// <param name="chunks">The chunks.</param>
    /// <param name="count">How many slots there are.</param>
    public int[] SlotsOf(ReadOnlySpan<int> chunks, int count)
    {
        var slots = new List<int>();
        foreach (var chunk in chunks)
        {
            for (var slot = chunk * Chunk; slot < Math.Min(count, (chunk + 1) * Chunk); slot++) slots.Add(slot);
        }

        return [.. slots];
    }
}
