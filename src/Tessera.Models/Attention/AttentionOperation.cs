using Tessera.Models.State;
using Tessera.Tensors;
using Tessera.Tensors.Threads;

namespace Tessera.Models.Attention;

/// <summary>
/// Attention of a ragged batch: rows of any number of sequences, each against what its own state holds. There is one attention, cached
/// and plain: a row's keys and values are appended to the state first, and every row reads keys and values as the state stores them,
/// its own included. Training uses a throw-away F32 state.
/// </summary>
/// <remarks>
/// A row's result is a function of its query, its visible keys and values in order, and the state's format alone, bit for bit: not of other
/// rows, of how a prompt was cut into passes, of threads, or of where slots lie (design decision 11).
/// </remarks>
public static unsafe partial class AttentionOperation
{
    /// <summary>Appends the rows of each span to its state, then computes the output of every row.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="scratch">Working memory, of one call at a time.</param>
    /// <param name="rule">How scores become weights.</param>
    /// <param name="spans">The sequences. A state may occur once, unless its spans only read.</param>
    /// <param name="inputs">The arrays.</param>
    /// <param name="observations">Empty, or for each span what takes figures about its weights, or null.</param>
    /// <exception cref="ArgumentException">The spans do not fit the arrays; nothing was changed.</exception>
    /// <exception cref="ResourceLimitException">A state's pool has no room; no state was changed.</exception>
    public static void Forward(
        ComputePool pool, AttentionScratch scratch, AttentionRule rule, ReadOnlySpan<AttentionSpan> spans, in AttentionInputs inputs,
        ReadOnlySpan<AttentionObservations?> observations = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(scratch);
        ArgumentNullException.ThrowIfNull(rule);
        Check(spans, inputs);
        CheckObservations(spans, observations);
        scratch.Begin(spans, pool.Threads);
        try
        {
            Append(pool, scratch, inputs);
            BeginObservations(scratch, inputs, observations);
            Gather(pool, scratch, inputs);
            Plan(pool, scratch, rule, inputs);
            var job = new ForwardJob { Scratch = scratch, Rule = rule, Inputs = inputs };
            pool.For(scratch.ItemCount, ref job);
            MergeParts(scratch, inputs);
            BlockMaxima(pool, scratch, rule, inputs);
        }
        finally
        {
            scratch.End();
        }
    }

    private static void Check(ReadOnlySpan<AttentionSpan> spans, in AttentionInputs inputs)
    {
        foreach (var span in spans)
        {
            ArgumentNullException.ThrowIfNull(span.State);
            ArgumentNullException.ThrowIfNull(span.Visibility);
            ObjectDisposedException.ThrowIf(span.State.Heads == 0, span.State);
            if (span.FirstRow < 0 || span.RowCount <= 0 || span.FirstRow > inputs.Rows - span.RowCount)
                throw new ArgumentException($"Rows {span.FirstRow} + {span.RowCount} lie outside the {inputs.Rows} rows of the call.", nameof(spans));
            if (inputs.Heads <= 0 || inputs.Heads % span.State.Heads != 0)
                throw new ArgumentException($"{inputs.Heads} query heads can't be shared among {span.State.Heads} KV heads.", nameof(inputs));
            if (span.Visibility.Rows != 0 && span.Visibility.Rows != span.RowCount)
                throw new ArgumentException($"The mask is for {span.Visibility.Rows} rows; the sequence has {span.RowCount}.", nameof(spans));
            CheckSlots(span);
            if (!span.ReadOnly && (inputs.Keys is null || inputs.Values is null)) throw new ArgumentException("Rows that are appended need keys and values.", nameof(inputs));
        }
    }

    private static void CheckSlots(in AttentionSpan span)
    {
        if (span.State.Renumbers && span.State.Rotation is null) throw new ArgumentException("A state that renumbers positions stores raw keys and has a rotation.", nameof(span));
        for (var head = 0; head < span.State.Heads && span.Visibility.MaskedSlots > 0; head++)
        {
            if (span.State.SlotCount(head) != span.Visibility.MaskedSlots)
                throw new ArgumentException($"The mask is over {span.Visibility.MaskedSlots} cached slots; head {head} holds {span.State.SlotCount(head)}.", nameof(span));
        }

        if (span.Visibility.Slots is not { } lists) return;
        if (lists.Count != 1 && lists.Count != span.State.Heads) throw new ArgumentException($"{lists.Count} lists of slots for {span.State.Heads} KV heads.", nameof(span));
        for (var head = 0; head < span.State.Heads; head++)
        {
            var list = lists[lists.Count == 1 ? 0 : head];
            if (list.Length > 0 && list[^1] >= span.State.SlotCount(head))
                throw new ArgumentException($"Slot {list[^1]} of head {head} is not cached; the state holds {span.State.SlotCount(head)}.", nameof(span));
        }
    }

    private static void Append(ComputePool pool, AttentionScratch scratch, in AttentionInputs inputs)
    {
        var spans = scratch.Spans.AsSpan(0, scratch.SpanCount);
        foreach (ref readonly var span in spans)
        {
            if (!span.ReadOnly) span.State.Reserve(span.RowCount); // the only step that can fail
        }

        for (var s = 0; s < spans.Length; s++)
        {
            if (spans[s].ReadOnly) continue;
            for (var head = 0; head < spans[s].State.Heads; head++) scratch.Add(new AttentionItem { Span = s, KvHead = head, Tokens = spans[s].RowCount });
        }

        var job = new AppendJob { Scratch = scratch, Inputs = inputs };
        // 64 rows: below that, waking the other threads costs more than the copies (about 20 ns a row and head).
        if (inputs.Rows < 64) for (var i = 0; i < scratch.ItemCount; i++) job.Run(i, 0);
        else pool.For(scratch.ItemCount, ref job);
        foreach (ref readonly var span in spans)
        {
            if (!span.ReadOnly) span.State.Commit(inputs.Positions + span.FirstRow, inputs.Tokens is null ? null : inputs.Tokens + span.FirstRow, span.RowCount);
        }
    }

    // Copies for heads that can't be read in place, one item each; Plan hands them to the blocks.
    private static void Gather(ComputePool pool, AttentionScratch scratch, in AttentionInputs inputs)
    {
        scratch.ClearItems();
        for (var s = 0; s < scratch.SpanCount; s++)
        {
            ref readonly var span = ref scratch.Spans[s];
            if (!GatheredHead.IsNeeded(span)) continue;
            GatheredHead.Reach(span, inputs.Positions + span.FirstRow);
            var heads = (GatheredHead*)scratch.Shared.Bytes(span.State.Heads * sizeof(GatheredHead));
            scratch.SetGathered(s, heads);
            for (var head = 0; head < span.State.Heads; head++)
            {
                var count = GatheredHead.CountOf(span, head);
                var slots = (long)HeadSlots.PagesFor(count) * PagePlane.Slots;
                heads[head] = new GatheredHead
                {
                    Count = count, Keys = scratch.Shared.Floats(slots * span.State.HeadSize), Values = scratch.Shared.Floats(slots * span.State.Pages.Values.Width),
                    Positions = (int*)scratch.Shared.Bytes(slots * sizeof(int)), Tokens = (int*)scratch.Shared.Bytes(slots * sizeof(int)),
                };
                scratch.Add(new AttentionItem { Span = s, KvHead = head, Gathered = heads + head });
            }
        }

        var job = new GatherJob { Scratch = scratch };
        pool.For(scratch.ItemCount, ref job);
    }

    private static void Plan(ComputePool pool, AttentionScratch scratch, AttentionRule rule, in AttentionInputs inputs)
    {
        scratch.ClearItems();
        for (var s = 0; s < scratch.SpanCount; s++)
        {
            ref readonly var span = ref scratch.Spans[s];
            var groups = inputs.Heads / span.State.Heads;
            var groupsPerItem = Math.Min(groups, AttentionBlock.MaxQueries);
            var observed = scratch.Observations[s] is { Request.NeedsWeights: true };
            var onlyLast = observed && scratch.Observations[s]!.Request.NeedsOnlyLastRow; // the other rows are as quick as ever
            var tokens = observed && !onlyLast ? span.RowCount : AttentionBlock.MaxQueries / groupsPerItem;
            // Late rows see most keys: they go first, so that the last pieces to be taken are small.
            for (var first = (span.RowCount - 1) / tokens * tokens; first >= 0; first -= tokens)
            {
                for (var head = 0; head < span.State.Heads; head++)
                {
                    for (var group = 0; group < groups; group += groupsPerItem)
                    {
                        scratch.Add(new AttentionItem
                        {
                            Span = s, KvHead = head, FirstToken = first, Tokens = Math.Min(tokens, span.RowCount - first),
                            FirstGroup = group, Groups = Math.Min(groupsPerItem, groups - group), Gathered = scratch.Gathered(s, head),
                            IsObserved = observed && (!onlyLast || first + tokens >= span.RowCount),
                        });
                    }
                }
            }
        }

        if (scratch.ItemCount < 2 * pool.Threads && pool.Threads > 1 && rule.NormalisesInParts) SplitLongRows(scratch, rule, inputs);
    }

    // Few pieces for many threads: rows that stand alone are split where their sums close anyway.
    private static void SplitLongRows(AttentionScratch scratch, AttentionRule rule, in AttentionInputs inputs)
    {
        var count = scratch.ItemCount;
        for (var i = 0; i < count; i++)
        {
            var item = scratch.Items[i];
            ref readonly var span = ref scratch.Spans[item.Span];
            if (item.Tokens != 1 || item.IsObserved) continue;
            var mark = scratch.Shared.Here;
            var view = new AttentionView(span, item.KvHead, item.Gathered, rule.MaxDistance, scratch.Shared);
            KeyRange range;
            var position = GatheredHead.QueryPosition(span, item.KvHead, item.FirstToken, inputs.Positions[span.FirstRow + item.FirstToken]);
            view.FindRanges(item.FirstToken, 1, &position, &range, scratch.Shared);
            scratch.Shared.Release(mark);
            var parts = AttentionBlock.PartsOf(range.Visible);
            if (parts < 2 || !range.IsContiguous) continue;
            var stride = (long)item.Groups * (16 + view.ValueWidth);
            item.Partial = scratch.Shared.Floats(stride * parts);
            for (var part = 0; part < parts; part++)
            {
                var piece = item;
                piece.Part = part;
                piece.Partial += part * stride;
                if (part == 0) scratch.Items[i] = piece;
                else scratch.Add(piece);
            }
        }
    }

    private static void MergeParts(AttentionScratch scratch, in AttentionInputs inputs)
    {
        for (var i = 0; i < scratch.ItemCount; i++)
        {
            ref readonly var item = ref scratch.Items[i];
            if (!item.IsPart || item.Part != 0) continue;
            var parts = 1;
            for (var j = i + 1; j < scratch.ItemCount; j++)
            {
                ref readonly var other = ref scratch.Items[j];
                if (other.IsPart && other.Span == item.Span && other.KvHead == item.KvHead && other.FirstGroup == item.FirstGroup && other.FirstToken == item.FirstToken) parts++;
            }

            ref readonly var span = ref scratch.Spans[item.Span];
            var width = span.State.Pages.Values.Width;
            var total = scratch.Shared.Floats(width);
            var firstHead = item.KvHead * (inputs.Heads / span.State.Heads) + item.FirstGroup;
            for (var g = 0; g < item.Groups; g++)
            {
                AttentionMerge.Merge(
                    inputs, span.FirstRow + item.FirstToken, firstHead + g, span.State.ValueSize, width,
                    item.Partial + (long)g * (16 + width), parts, (long)item.Groups * (16 + width), total);
            }
        }
    }

    private struct AppendJob : IParallelJob
    {
        public AttentionScratch Scratch;
        public AttentionInputs Inputs;

        public readonly void Run(int part, int worker)
        {
            ref readonly var item = ref Scratch.Items[part];
            ref readonly var span = ref Scratch.Spans[item.Span];
            var state = span.State;
            state.WriteRows(
                item.KvHead, Inputs.Keys + (long)span.FirstRow * state.Heads * state.HeadSize, Inputs.Values + (long)span.FirstRow * state.Heads * state.ValueSize,
                Inputs.Positions + span.FirstRow, Inputs.Tokens is null ? null : Inputs.Tokens + span.FirstRow, span.RowCount);
        }
    }

    private struct GatherJob : IParallelJob
    {
        public AttentionScratch Scratch;

        public readonly void Run(int part, int worker)
        {
            ref readonly var item = ref Scratch.Items[part];
            item.Gathered->Fill(Scratch.Spans[item.Span], item.KvHead);
        }
    }

    private struct ForwardJob : IParallelJob
    {
        public AttentionScratch Scratch;
        public AttentionRule Rule;
        public AttentionInputs Inputs;

        public readonly void Run(int part, int worker)
        {
            var arena = Scratch.Worker(worker);
            arena.Reset();
            ref readonly var item = ref Scratch.Items[part];
            if (item.IsObserved) RunObserved(item, arena);
            else new AttentionBlock(Rule, Inputs, Scratch.Spans[item.Span], item, arena).Run();
        }

        // Block by block on one thread: what is summed over rows is one chain.
        private readonly void RunObserved(in AttentionItem item, Arena arena)
        {
            var tokens = AttentionBlock.MaxQueries / item.Groups;
            for (var first = 0; first < item.Tokens; first += tokens)
            {
                var block = item;
                (block.FirstToken, block.Tokens) = (item.FirstToken + first, Math.Min(tokens, item.Tokens - first));
                new AttentionBlock(Rule, Inputs, Scratch.Spans[item.Span], block, arena).Run(Scratch.Observations[item.Span]!);
                arena.Reset();
            }
        }
    }
}
