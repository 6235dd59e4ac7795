using Tessera.Models.State;
using Tessera.Tensors.Threads;

namespace Tessera.Models.Attention;

public static unsafe partial class AttentionOperation
{
    /// <summary>
    /// <see cref="Forward(ComputePool, AttentionScratch, AttentionRule, ReadOnlySpan{AttentionSpan}, in AttentionInputs, ReadOnlySpan{AttentionObservations})"/> under
    /// policies: each may change what its sequence's rows see, is shown what it asked for, and may have slots dropped afterwards. All policies have
    /// answered before the first state changes.
    /// </summary>
    /// <param name="pool">The threads.</param>
    /// <param name="scratch">Working memory, of one call at a time.</param>
    /// <param name="rule">How scores become weights.</param>
    /// <param name="spans">The sequences.</param>
    /// <param name="inputs">The arrays.</param>
    /// <param name="layer">The layer, for the policies.</param>
    /// <param name="policies">One for each span, or null.</param>
    /// <param name="plans">Takes each policy's plan, for whoever carries it out later; empty to have them carried out at once.</param>
    public static void Forward(
        ComputePool pool, AttentionScratch scratch, AttentionRule rule, ReadOnlySpan<AttentionSpan> spans, in AttentionInputs inputs,
        int layer, ReadOnlySpan<IAttentionPolicy?> policies, Span<KeepPlan?> plans = default)
    {
        if (policies.Length != spans.Length) throw new ArgumentException("One policy for each sequence, or null.", nameof(policies));
        if (!plans.IsEmpty && plans.Length != spans.Length) throw new ArgumentException("Room for one plan a sequence, or none.", nameof(plans));
        Check(spans, inputs);
        var seen = new AttentionSpan[spans.Length];
        var observations = new AttentionObservations?[spans.Length];
        for (var s = 0; s < spans.Length; s++)
        {
            seen[s] = spans[s];
            if (policies[s] is not { } policy) continue;
            if (policy.BeforeAttention(new AttentionStep(layer, spans[s], inputs)) is { } visibility) seen[s] = spans[s] with { Visibility = visibility };
            if (policy.Observe(new AttentionStep(layer, spans[s], inputs)) is { } request) observations[s] = new AttentionObservations(request);
        }

        Forward(pool, scratch, rule, seen, inputs, observations);
        var carryOut = plans.IsEmpty;
        if (carryOut) plans = new KeepPlan?[spans.Length];
        for (var s = 0; s < spans.Length; s++) plans[s] = policies[s]?.AfterAttention(new AttentionStep(layer, seen[s], inputs), observations[s]);
        for (var s = 0; carryOut && s < spans.Length; s++)
        {
            if (plans[s] is { } plan) spans[s].State.Compact(plan);
        }
    }

    /// <summary>
    /// Dot products of queries with all cached keys of a head, without scale or rotation: what selections score slots by. The same arithmetic
    /// as in the attention.
    /// </summary>
    /// <param name="state">The state.</param>
    /// <param name="kvHead">The KV head.</param>
    /// <param name="queries">[count, head size].</param>
    /// <param name="scores">Takes [count, slots].</param>
    public static void Dot(KeyValueState state, int kvHead, ReadOnlySpan<float> queries, Span<float> scores)
    {
        ArgumentNullException.ThrowIfNull(state);
        var (size, slots) = (state.HeadSize, state.SlotCount(kvHead));
        var count = queries.Length / size;
        if (queries.Length != count * size) throw new ArgumentException($"Queries of {size} floats.", nameof(queries));
        if (scores.Length != (long)count * slots) throw new ArgumentException($"{count} queries and {slots} slots give {(long)count * slots} scores.", nameof(scores));
        var expanded = stackalloc float[size * PagePlane.Slots];
        var strip = stackalloc float[PagePlane.Slots];
        fixed (float* q = queries)
        {
            for (var page = 0; page < HeadSlots.PagesFor(slots); page++)
            {
                var keys = PageLayout.KeysOf(state.SlotsOf(kvHead)[page]);
                if (state.Options.KeyFormat != Tensors.TensorFormat.F32) state.Pages.Keys.Expand(keys, expanded);
                var floats = state.Options.KeyFormat == Tensors.TensorFormat.F32 ? (float*)keys : expanded;
                var used = Math.Min(PagePlane.Slots, slots - page * PagePlane.Slots);
                for (var i = 0; i < count; i++)
                {
                    AttentionKernels.Scores(1, q + (long)i * size, floats, size, strip, PagePlane.Slots);
                    new ReadOnlySpan<float>(strip, used).CopyTo(scores[(int)((long)i * slots + page * PagePlane.Slots)..]);
                }
            }
        }
    }

    private static void CheckObservations(ReadOnlySpan<AttentionSpan> spans, ReadOnlySpan<AttentionObservations?> observations)
    {
        if (observations.IsEmpty) return;
        if (observations.Length != spans.Length) throw new ArgumentException("One for each sequence, or null.", nameof(observations));
        for (var s = 0; s < spans.Length; s++)
        {
            if (observations[s]?.Request is not { } request) continue;
            foreach (var row in request.FullRows)
            {
                if (row < 0 || row >= spans[s].RowCount) throw new ArgumentException($"Row {row} is asked for; the sequence has {spans[s].RowCount}.", nameof(observations));
            }

            if (request.BlockMax > 0 && (!spans[s].State.Uniform || spans[s].ReadOnly || GatheredHead.IsNeeded(spans[s])))
                throw new NotSupportedException("Block maxima need heads that hold the same slots, the rows' own among them.");
        }
    }

    private static void BeginObservations(AttentionScratch scratch, in AttentionInputs inputs, ReadOnlySpan<AttentionObservations?> observations)
    {
        for (var s = 0; s < observations.Length; s++)
        {
            if (observations[s] is not { } observed) continue;
            ref readonly var span = ref scratch.Spans[s];
            var slots = new int[span.State.Heads];
            for (var head = 0; head < slots.Length; head++) slots[head] = GatheredHead.CountOf(span, head);
            observed.Begin(inputs.Heads, span.State.Heads, span.RowCount, slots);
            scratch.Observations[s] = observed;
        }
    }

    // Maxima over blocks need the mean over all heads of each pair, so they are a sweep of their own: a part is a block of rows.
    private static void BlockMaxima(ComputePool pool, AttentionScratch scratch, AttentionRule rule, in AttentionInputs inputs)
    {
        for (var s = 0; s < scratch.SpanCount; s++)
        {
            if (scratch.Observations[s] is not { Request.BlockMax: > 0 and var side } observed) continue;
            ref readonly var span = ref scratch.Spans[s];
            var slots = span.State.SlotCount(0);
            var first = (slots - span.RowCount) / side;
            var blocks = new float[(slots + side - 1) / side - first][];
            for (var b = 0; b < blocks.Length; b++) blocks[b] = new float[first + b + 1];
            observed.BeginBlocks(first, blocks);
            var job = new BlockMaxJob { Scratch = scratch, Rule = rule, Inputs = inputs, Span = s, Side = side, First = first, Blocks = blocks };
            pool.For(blocks.Length, ref job);
        }
    }

    private struct BlockMaxJob : IParallelJob
    {
        public AttentionScratch Scratch;
        public AttentionRule Rule;
        public AttentionInputs Inputs;
        public int Span;
        public int Side;
        public int First;
        public float[][] Blocks;

        public readonly void Run(int part, int worker)
        {
            var arena = Scratch.Worker(worker);
            arena.Reset();
            ref readonly var span = ref Scratch.Spans[Span];
            var cached = span.State.SlotCount(0) - span.RowCount;
            var from = Math.Max(0, (First + part) * Side - cached);
            var to = Math.Min(span.RowCount, (First + part + 1) * Side - cached);
            var groups = Inputs.Heads / span.State.Heads;
            var perItem = Math.Min(groups, AttentionBlock.MaxQueries);
            var tokens = AttentionBlock.MaxQueries / perItem;
            var slots = span.State.SlotCount(0);
            var sums = arena.Floats((long)tokens * slots);
            for (var row = from; row < to; row += tokens)
            {
                var count = Math.Min(tokens, to - row);
                System.Runtime.InteropServices.NativeMemory.Clear(sums, (nuint)((long)count * slots * sizeof(float)));
                for (var head = 0; head < span.State.Heads; head++)
                {
                    for (var group = 0; group < groups; group += perItem)
                    {
                        var mark = arena.Here;
                        var item = new AttentionItem { Span = Span, KvHead = head, FirstToken = row, Tokens = count, FirstGroup = group, Groups = Math.Min(perItem, groups - group) };
                        new AttentionBlock(Rule, Inputs, span, item, arena).AddPositiveDots(sums, slots, 1f / Inputs.Heads);
                        arena.Release(mark);
                    }
                }

                for (var t = 0; t < count; t++)
                {
                    for (var slot = 0; slot < slots && slot / Side < Blocks[part].Length; slot++)
                        Blocks[part][slot / Side] = MathF.Max(Blocks[part][slot / Side], sums[(long)t * slots + slot]);
                }
            }
        }
    }
}
