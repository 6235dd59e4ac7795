using Tessera.Models.Attention;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Passes;

/// <summary>
/// One sequence's share of a pass under schedules: what its schedule chose for the layer at hand, checked, as rows and as slots to read.
/// A sequence without a schedule runs whole. Reused from pass to pass.
/// </summary>
internal sealed class ScheduledPart : IAttentionPolicy
{
    private RowBatch.SequenceRows _rows;
    private ObservationRequest? _request;
    private int[] _ran = []; // rows by layer
    private int _revived;
    private bool[] _wanted = []; // by token
    private int[] _slots = []; // what the layer reads of its cache
    private int[] _tokens = []; // of the rows that run
    private int[] _positions = [];
    private int[] _seen = [];
    private int _layer;

    internal RowBatch.SequenceRows Rows => _rows;

    internal Sequence Sequence => _rows.Sequence;

    internal LayerSchedule? Schedule { get; private set; }

    /// <summary>Its rows in the stream.</summary>
    internal int First { get; private set; }

    internal int Count { get; private set; }

    /// <summary>Its rows in the layer.</summary>
    internal int RunFirst { get; private set; }

    internal int RunCount { get; private set; }

    /// <summary>Whether the layer runs exactly the rows of the stream.</summary>
    internal bool RunsAll { get; private set; }

    internal LeftOutRows LeftOut { get; private set; }

    /// <summary>What the rows see in this layer instead of what the pass says, or null.</summary>
    internal RowVisibility? Visibility { get; private set; }

    /// <summary>Shows the schedule the layer's attention; null where it does not ask.</summary>
    internal IAttentionPolicy? Observer => _request is null ? null : this;

    internal void Begin(in RowBatch.SequenceRows rows, int first, bool records)
    {
        _rows = rows;
        (First, Count, Schedule, _request, _revived) = (first, rows.Count, rows.Sequence.Schedule, null, 0);
        if (Schedule is null) return;
        if (Sequence.Policy is not null) throw new NotSupportedException("A sequence has a policy or a schedule, not both: which slots a policy keeps depends on all rows having run.");
        if (rows.Visibility is { Kind: not (VisibilityKind.Causal or VisibilityKind.Full) } or { CachedPrefix: not int.MaxValue })
            throw new NotSupportedException("A sequence under a schedule takes causal or full rows; trees, masks and chosen slots name rows that a layer may not have.");
        if (records && Sequence.Length > 0)
            throw new NotSupportedException("Under a tape a schedule needs an empty sequence: what waits or is cached has no gradient.");
        if (_ran.Length != Sequence.States.Count) _ran = new int[Sequence.States.Count];
        Array.Clear(_ran);
    }

    /// <summary>Asks the schedule and adds the rows that run.</summary>
    internal void Choose(int layer, bool isFirst, ScheduledRowList stream, ScheduledRowList running, List<float[]> entering, int streamRows)
    {
        (RunFirst, RunsAll, LeftOut, Visibility, _request, _layer) = (running.Count, true, LeftOutRows.PassOn, null, null, layer);
        if (Schedule is null)
        {
            AddAll(stream, running);
            return;
        }

        var step = new ScheduleStep(layer, isFirst, Sequence, _rows.Count, stream.Tokens(First, Count), stream.Positions(First, Count), []);
        var plan = Schedule.Plan(step);
        if (plan.Chooses) AddChosen(plan, stream, running, entering, streamRows);
        else AddAll(stream, running);
        if (plan.ChoosesCached) Read(plan.Cached);
        if ((!RunsAll || Visibility is not null) && Sequence.States[layer] is not KeyValueState)
            throw new NotSupportedException($"Layer {layer} has a {Sequence.States[layer].GetType().Name}, through which all rows run in order: a schedule can't leave any out.");
        if (!RunsAll && LeftOut == LeftOutRows.Wait && !Sequence.Stack.Config.Causal)
            throw new NotSupportedException("Rows that see later rows can't wait for a later pass.");
        _ran[layer] = RunCount;
        if (RunCount == 0) return;
        _request = Schedule.Observe(step);
        if (_request is not null) Keep(running);
    }

    /// <summary>Puts what the layer leaves out into the sequence's store.</summary>
    internal void StoreWaiting(int layer, ScheduledRowList stream, ScheduledRowList running, Value x)
    {
        if (RunsAll || LeftOut != LeftOutRows.Wait) return;
        var tokens = stream.Tokens(First, Count);
        var ran = running.Tokens(RunFirst, RunCount);
        for (var (i, at) = (0, 0); i < tokens.Length; i++)
        {
            while (at < ran.Length && ran[at] < tokens[i]) at++;
            if (at < ran.Length && ran[at] == tokens[i]) continue;
            Sequence.Store.Put(tokens[i], layer, stream.Positions(First, Count)[i], x.Row(First + i));
        }
    }

    /// <summary>Adds the rows that go on behind the layer, in the order of their tokens.</summary>
    internal void Continue(ScheduledRowList stream, ScheduledRowList running, ScheduledRowList next, int streamRows)
    {
        var first = next.Count;
        var (kept, keptEnd) = (First, RunsAll || LeftOut == LeftOutRows.Wait ? First : First + Count);
        for (var r = RunFirst; r < RunFirst + RunCount; r++)
        {
            var token = running.Tokens(r, 1)[0];
            for (; kept < keptEnd && stream.Tokens(kept, 1)[0] <= token; kept++)
            {
                if (stream.Tokens(kept, 1)[0] != token) next.Add(stream, kept, kept);
            }

            next.Add(running, r, streamRows + r);
        }

        for (; kept < keptEnd; kept++) next.Add(stream, kept, kept);
        (First, Count) = (first, next.Count - first);
    }

    internal void Commit() => Schedule?.Counts.Add(_rows.Count, _ran, _revived);

    ObservationRequest? IAttentionPolicy.Observe(in AttentionStep step) => _request;

    IAttentionPolicy IAttentionPolicy.Fork() => throw new NotSupportedException("A pass's part of a schedule is no sequence's policy.");

    void IAttentionPolicy.Truncate(int length) => throw new NotSupportedException("A pass's part of a schedule is no sequence's policy.");

    RowVisibility? IAttentionPolicy.BeforeAttention(in AttentionStep step) => null;

    KeepPlan? IAttentionPolicy.AfterAttention(in AttentionStep step, AttentionObservations? observations)
    {
        if (observations is null) return null;
        var (state, count) = (step.State, observations.SlotCount(0));
        if (_seen.Length < count) _seen = new int[count * 2];
        var chosen = Visibility is null ? count : _slots.Length;
        for (var i = 0; i < count; i++)
            _seen[i] = state.TokenOf(0, Visibility is null ? i : i < chosen ? _slots[i] : state.SlotCount(0) - RunCount + (i - chosen));
        Schedule!.After(
            new ScheduleStep(_layer, false, Sequence, _rows.Count, _tokens.AsSpan(0, RunCount), _positions.AsSpan(0, RunCount), _seen.AsSpan(0, count)), observations);
        return null;
    }

    private void AddAll(ScheduledRowList stream, ScheduledRowList running)
    {
        for (var r = First; r < First + Count; r++) running.Add(stream, r, r);
        RunCount = Count;
    }

    private void AddChosen(in LayerPlan plan, ScheduledRowList stream, ScheduledRowList running, List<float[]> entering, int streamRows)
    {
        var (previous, at, entered) = (-1, 0, 0);
        foreach (var token in plan.Tokens)
        {
            if (token <= previous) throw new ArgumentException($"A schedule's tokens increase; {token} follows {previous}.");
            previous = token;
            if (token < Sequence.Length) _revived++;
            while (at < Count && stream.Tokens(First + at, 1)[0] < token) at++;
            if (at < Count && stream.Tokens(First + at, 1)[0] == token)
            {
                running.Add(stream, First + at, First + at);
                continue;
            }

            var entry = Sequence.Store.Take(token, _layer);
            running.Add(Sequence.Tokens[token], token, entry.Position, 0, -1, streamRows + entering.Count);
            entering.Add(entry.Hidden);
            entered++;
        }

        (RunCount, LeftOut) = (plan.Tokens.Length, plan.LeftOut);
        RunsAll = entered == 0 && RunCount == Count;
    }

    // Turns the cached tokens that are read into slots; nothing to say where they are all that is cached.
    private void Read(ReadOnlySpan<int> tokens)
    {
        if (Sequence.States[_layer] is not KeyValueState state) throw new NotSupportedException($"Layer {_layer} caches no tokens that a schedule could choose from.");
        if (!state.Uniform) throw new NotSupportedException("A schedule needs heads that hold the same tokens.");
        if (_rows.Visibility.Kind == VisibilityKind.Full && Sequence.Length > 0) throw new NotSupportedException("Rows that see later rows can't choose what they read.");
        if (_wanted.Length < Sequence.Length) _wanted = new bool[Sequence.Length * 2];
        foreach (var token in tokens)
        {
            if ((uint)token >= (uint)Sequence.Length) throw new ArgumentException($"Token {token} is not cached: the sequence holds {Sequence.Length}.");
            _wanted[token] = true;
        }

        var (count, found) = (state.SlotCount(0), 0);
        var slots = new int[Math.Min(count, tokens.Length)];
        for (var slot = 0; slot < count && found < slots.Length; slot++)
        {
            if (_wanted[state.TokenOf(0, slot)]) slots[found++] = slot;
        }

        foreach (var token in tokens) _wanted[token] = false;
        if (found != tokens.Length) throw new ArgumentException($"A schedule reads {tokens.Length} tokens in layer {_layer}, of which {found} are cached there.");
        _slots = slots;
        if (found < count) Visibility = RowVisibility.FromSlots([slots]);
    }

    private void Keep(ScheduledRowList running)
    {
        if (_tokens.Length < RunCount) (_tokens, _positions) = (new int[RunCount * 2], new int[RunCount * 2]);
        running.Tokens(RunFirst, RunCount).CopyTo(_tokens);
        running.Positions(RunFirst, RunCount).CopyTo(_positions);
    }
}
