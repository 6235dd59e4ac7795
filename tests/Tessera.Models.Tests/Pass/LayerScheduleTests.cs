using Tessera.Models.Attention;
using Tessera.Models.Modules;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests.Probes;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Tests;

public sealed class LayerScheduleTests
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 24).Select(i => i * 7 % 61)];

    [Fact]
    public void APlanThatRunsEverythingIsThePlainPassBitForBit()
    {
        using var model = ToyModels.Language(ToyModels.Llama(3));
        using var sequence = Scheduled(model, new ListedSchedule(LeftOutRows.Wait, [null, [.. Enumerable.Range(0, 20)], null], [null, null, [20, 21, 22, 23]]));
        float[] scheduled = [.. ProbeRun.Logits(model, sequence, Ids.AsSpan(0, 20)), .. ProbeRun.Logits(model, sequence, Ids.AsSpan(20))];
        scheduled.ShouldBe(ProbeRun.Alone(model, Ids));
        sequence.Schedule!.Counts.Rows.ToArray().ShouldBe([24, 24, 24]);
        sequence.Schedule.Counts.Tokens.ShouldBe(24);
        sequence.Schedule.Counts.Revived.ShouldBe(0);
    }

    [Fact]
    public void SequencesOfABatchKeepTheirOwnSchedules()
    {
        using var model = ToyModels.Language(ToyModels.Llama(3));
        int[]?[][] lists = [[null, [0, 3, 4, 9], [0, 9]]];
        using var plain = model.NewSequence(SequenceOptions.Exact);
        using var waits = Scheduled(model, new ListedSchedule(LeftOutRows.Wait, lists));
        using var passes = Scheduled(model, new ListedSchedule(LeftOutRows.PassOn, lists));
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        var rows = new RowBatch();
        rows.Add(waits, Ids.AsSpan(0, 10));
        rows.Add(plain, Ids.AsSpan(10, 8));
        rows.Add(passes, Ids.AsSpan(0, 10));
        var hidden = model.Run(pass, rows);
        hidden.Rows.ShouldBe(2 + 8 + 10);
        var together = model.Logits(pass, hidden, [9, 0, .. Enumerable.Range(10, 18)]).Span.ToArray();
        waits.Length.ShouldBe(10);

        using var waitsAlone = Scheduled(model, new ListedSchedule(LeftOutRows.Wait, lists));
        using var passesAlone = Scheduled(model, new ListedSchedule(LeftOutRows.PassOn, lists));
        Chosen(model, waitsAlone, Ids.AsSpan(0, 10), [9, 0]).ShouldBe(together[..(2 * 61)]);
        ProbeRun.Alone(model, Ids.AsSpan(10, 8)).ShouldBe(together[(2 * 61)..(10 * 61)]);
        ProbeRun.Logits(model, passesAlone, Ids.AsSpan(0, 10)).ShouldBe(together[(10 * 61)..]);
    }

    [Fact]
    public void ALayerThatAllRowsPassByIsAsIfItWereNotThere()
    {
        using var whole = ToyModels.Language(ToyModels.Llama(3));
        using var sequence = Scheduled(whole, new ListedSchedule(LeftOutRows.PassOn, (int[]?[])[null, [], []]));
        var stack = whole.Stack;
        using var shorter = new LanguageModel("shorter", new Stack
        {
            Config = stack.Config with { Layers = 1 }, Embedding = stack.Embedding, Blocks = [stack.Blocks[0]], FinalNorm = stack.FinalNorm, Parameters = stack.Parameters,
        }, whole.Head);
        ProbeRun.Logits(whole, sequence, Ids).ShouldBe(ProbeRun.Alone(shorter, Ids));
        ((KeyValueState)sequence.States[1]).SlotCount(0).ShouldBe(0);
    }

    [Fact]
    public void WhatWaitsGoesOnWhereItStopped()
    {
        using var model = ToyModels.Language(ToyModels.Llama(3));
        using var sequence = Scheduled(model, new ListedSchedule(LeftOutRows.Wait, [null, [0, 5], [5]], [null, [2, 6], [0, 2, 6]]));
        Chosen(model, sequence, Ids.AsSpan(0, 6), [5]);
        Cached(sequence, 1).ShouldBe([0, 5]);
        Cached(sequence, 2).ShouldBe([5]);
        var late = Chosen(model, sequence, Ids.AsSpan(6, 1), [0]);
        Cached(sequence, 1).ShouldBe([0, 5, 2, 6]);
        Cached(sequence, 2).ShouldBe([5, 0, 2, 6]);
        ((KeyValueState)sequence.States[1]).PositionOf(0, 2).ShouldBe(2);
        sequence.Schedule!.Counts.Revived.ShouldBe(3);

        // The same by masks: token 2 saw tokens 0 and 2 in layers 1 and 2, token 0 itself, token 6 what was cached.
        using var replay = model.NewSequence(SequenceOptions.Exact);
        replay.Policy = new MaskPolicy([null, [[0], [], [0, 2], [], [], [0, 5], [0, 2, 5, 6]], [[0], [], [0, 2], [], [], [5], [0, 2, 5, 6]]]);
        var expected = ProbeRun.Logits(model, replay, Ids.AsSpan(0, 7))[^61..];
        for (var i = 0; i < 61; i++) late[i].ShouldBe(expected[i], 1e-5f);
    }

    [Fact]
    public void ALeftOutRowHasNoLogits()
    {
        using var model = ToyModels.Language(ToyModels.Llama(3));
        using var sequence = Scheduled(model, new ListedSchedule(LeftOutRows.Wait, [null, [0, 5], null]));
        Should.Throw<InvalidOperationException>(() => Chosen(model, sequence, Ids.AsSpan(0, 6), [4])).Message.ShouldContain("Row 4");
    }

    [Fact]
    public void AForkTakesWhatWaitsWithIt()
    {
        using var model = ToyModels.Language(ToyModels.Llama(3));
        using var sequence = Scheduled(model, new ListedSchedule(LeftOutRows.Wait, [null, [0, 5], null], [null, [1, 2, 6], null]));
        Chosen(model, sequence, Ids.AsSpan(0, 6), [5]);
        using var fork = sequence.Fork();
        var first = Chosen(model, sequence, Ids.AsSpan(6, 1), [0]);
        Chosen(model, fork, Ids.AsSpan(6, 1), [0]).ShouldBe(first);
        Cached(fork, 1).ShouldBe([0, 5, 1, 2, 6]);
        sequence.Bytes.ShouldBeGreaterThan(sequence.States.Sum(s => s.Bytes));
    }

    [Fact]
    public void WhatIsTruncatedWaitsNoMore()
    {
        using var model = ToyModels.Language(ToyModels.Llama(3));
        using var sequence = Scheduled(model, new ListedSchedule(LeftOutRows.Wait, [null, [0, 5], null], [null, [1, 3], null]));
        Chosen(model, sequence, Ids.AsSpan(0, 6), [5]);
        sequence.Truncate(3);
        Cached(sequence, 1).ShouldBe([0]);
        Chosen(model, sequence, Ids.AsSpan(3, 1), [0]); // 1 is still there
        Cached(sequence, 1).ShouldBe([0, 1, 3]);
        sequence.Truncate(1);
        Should.Throw<ArgumentException>(() => Chosen(model, sequence, Ids.AsSpan(1, 1), [0])).Message.ShouldContain("token 3");
    }

    [Fact]
    public void APassThatFailsLeavesTheSequenceAsItWas()
    {
        using var model = ToyModels.Language(ToyModels.Llama(3));
        int[]?[][] lists = [[null, [0, 5], null], [null, [2, 6], [2, 6]]];
        using var sequence = Scheduled(model, new ListedSchedule(LeftOutRows.Wait, lists) { FailsAt = 2 });
        Chosen(model, sequence, Ids.AsSpan(0, 6), [5]);
        using var untouched = sequence.Fork();
        Should.Throw<InvalidOperationException>(() => Chosen(model, sequence, Ids.AsSpan(6, 1), [0])).Message.ShouldBe("as told");
        sequence.Length.ShouldBe(6);
        Cached(sequence, 1).ShouldBe([0, 5]);
        sequence.Schedule = new ListedSchedule(LeftOutRows.Wait, lists[1]);
        Chosen(model, sequence, Ids.AsSpan(6, 1), [0]).ShouldBe(Chosen(model, untouched, Ids.AsSpan(6, 1), [0]));
    }

    [Fact]
    public void WhatCannotBeDoneIsRefusedByName()
    {
        using var model = ToyModels.Language(ToyModels.Llama(3));
        using var sequence = Scheduled(model, new ListedSchedule(LeftOutRows.Wait, [null, [0, 2], null]));
        sequence.Policy = new MaskPolicy([null, null, null]);
        Should.Throw<NotSupportedException>(() => ProbeRun.Logits(model, sequence, Ids.AsSpan(0, 3))).Message.ShouldContain("policy or a schedule");
        sequence.Policy = null;
        Should.Throw<NotSupportedException>(() => ProbeRun.Logits(model, sequence, Ids.AsSpan(0, 3), visibility: RowVisibility.Tree([-1, 0, 0]))).Message.ShouldContain("trees");
        sequence.Schedule = new ListedSchedule(LeftOutRows.Wait, [null, [2, 0], null]);
        Should.Throw<ArgumentException>(() => ProbeRun.Logits(model, sequence, Ids.AsSpan(0, 3))).Message.ShouldContain("increase");
        sequence.Schedule = new ListedSchedule(LeftOutRows.Wait, [null, [0, 7], null]);
        Should.Throw<ArgumentException>(() => ProbeRun.Logits(model, sequence, Ids.AsSpan(0, 3))).Message.ShouldContain("token 7");
        sequence.Length.ShouldBe(0);
    }

    private static Sequence Scheduled(LanguageModel model, LayerSchedule schedule) => model.NewSequence(SequenceOptions.Exact with { Schedule = () => schedule });

    private static float[] Chosen(LanguageModel model, Sequence sequence, ReadOnlySpan<int> ids, int[] wanted)
    {
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        var rows = new RowBatch();
        rows.Add(sequence, ids);
        return model.Logits(pass, model.Run(pass, rows), wanted).Span.ToArray();
    }

    private static int[] Cached(Sequence sequence, int layer)
    {
        var state = (KeyValueState)sequence.States[layer];
        return [.. Enumerable.Range(0, state.SlotCount(0)).Select(slot => state.TokenOf(0, slot))];
    }

    // What each row of a first pass sees in each layer; null for everything before it.
    private sealed class MaskPolicy(int[][]?[] layers) : IAttentionPolicy
    {
        public ObservationRequest? Observe(in AttentionStep step) => null;

        public IAttentionPolicy Fork() => this;

        public void Truncate(int length)
        {
        }

        public RowVisibility? BeforeAttention(in AttentionStep step)
        {
            if (layers[step.Layer] is not { } rows) return null;
            var mask = new bool[rows.Length * rows.Length];
            for (var row = 0; row < rows.Length; row++) foreach (var other in rows[row]) mask[row * rows.Length + other] = true;
            return RowVisibility.FromMask(rows.Length, mask);
        }

        public KeepPlan? AfterAttention(in AttentionStep step, AttentionObservations? observations) => null;
    }
}
