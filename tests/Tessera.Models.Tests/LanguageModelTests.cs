using Tessera.Models.Attention;
using Tessera.Models.Hooks;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Models.Tests;

public sealed class LanguageModelTests
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 40).Select(i => i * 7 % 61)];

    [Theory]
    [InlineData(Arithmetic.Exact)]
    [InlineData(Arithmetic.Fast)]
    public void ChunksDoNotChangeABit(Arithmetic arithmetic)
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        var whole = Logits(model, Ids, [Ids.Length], arithmetic);
        foreach (var chunks in new int[][] { [1, 39], [13, 27], [32, 1, 7], [.. Enumerable.Repeat(1, 40)] })
            Logits(model, Ids, chunks, arithmetic).ShouldBe(whole, customMessage: string.Join('+', chunks));
    }

    [Fact]
    public void ThreadsDoNotChangeABit()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var one = new ComputePool(1);
        using var three = new ComputePool(3);
        Logits(model, Ids, [40], Arithmetic.Fast, three).ShouldBe(Logits(model, Ids, [40], Arithmetic.Fast, one));
    }

    [Fact]
    public void OtherSequencesOfTheBatchDoNotChangeABit()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        var alone = Logits(model, Ids, [40], Arithmetic.Exact);
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        using var first = model.NewSequence(SequenceOptions.Exact);
        using var second = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        rows.Add(second, Ids.AsSpan(5, 17));
        var from = rows.Add(first, Ids);
        var hidden = model.Run(pass, rows);
        var together = model.Logits(pass, hidden, [.. Enumerable.Range(from, Ids.Length)]).Span.ToArray();
        together.ShouldBe(alone);
    }

    [Fact]
    public void ATreeRowEqualsItsPlainRow()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        rows.Add(sequence, Ids.AsSpan(0, 6));
        model.Run(pass, rows);

        // Two branches behind the prefix: 10 → 11 → 12, and 20 → 21.
        rows.Clear();
        rows.Add(sequence, [10, 20, 11, 21, 12], positions: [6, 6, 7, 7, 8], visibility: RowVisibility.Tree([-1, -1, 0, 1, 2]));
        var hidden = model.Run(pass, rows);
        var tree = model.Logits(pass, hidden, [4]).Span.ToArray();

        int[] path = [.. Ids[..6], 10, 11, 12];
        Logits(model, path, [path.Length], Arithmetic.Exact)[^61..].ShouldBe(tree);
    }

    [Fact]
    public void AForkGoesItsOwnWay()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        rows.Add(sequence, Ids.AsSpan(0, 20));
        model.Run(pass, rows);
        using var fork = sequence.Fork();
        rows.Clear();
        rows.Add(fork, [1, 2, 3]);
        model.Run(pass, rows);
        rows.Clear();
        rows.Add(sequence, Ids.AsSpan(20));
        var hidden = model.Run(pass, rows);
        model.LastLogits(pass, hidden).Span.ToArray().ShouldBe(Logits(model, Ids, [40], Arithmetic.Exact)[^61..]);
        fork.Length.ShouldBe(23);
    }

    [Fact]
    public void AReadingHookChangesNothingAndSeesEveryLayer()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        var hooks = new HookTable();
        var seen = new List<(int Layer, int Floats)>();
        hooks.Read(HookPoint.ResidPost, (in HookContext context, ReadOnlySpan<float> activations) => seen.Add((context.Layer, activations.Length)));
        Logits(model, Ids, [40], Arithmetic.Exact, hooks: hooks).ShouldBe(Logits(model, Ids, [40], Arithmetic.Exact));
        seen.ShouldBe([(0, 40 * 24), (1, 40 * 24)]);
    }

    [Fact]
    public void APolicyOfASequenceSeesFiguresAndDropsSlots()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var policy = new LastSlots(8);
        sequence.Policy = policy;
        var rows = new RowBatch();
        rows.Add(sequence, Ids);
        model.Run(pass, rows);
        sequence.Length.ShouldBe(40);
        sequence.States.ShouldAllBe(state => ((KeyValueState)state).SlotCount(0) == 8);
        policy.RowsOfLastRow.ShouldBe([40, 40]);
    }

    [Fact]
    public void AWindowReachesBackOverItsOwnTokensOnly()
    {
        const int window = 5;
        using var model = ToyModels.Language(ToyModels.Llama(layers: 1) with { Windows = [window] });
        var last = Logits(model, Ids, [40], Arithmetic.Exact)[^61..];
        float[] WithAnotherTokenBack(int distance)
        {
            int[] ids = [.. Ids];
            ids[^(distance + 1)] = (ids[^(distance + 1)] + 1) % 61;
            return Logits(model, ids, [40], Arithmetic.Exact)[^61..];
        }

        WithAnotherTokenBack(window - 1).ShouldNotBe(last);
        WithAnotherTokenBack(window).ShouldBe(last);
    }

    [Fact]
    public void AHookAtAPointThatTheModelLacksIsRefused()
    {
        using var model = ToyModels.Language(ToyModels.Llama() with { Gated = false });
        var hooks = new HookTable();
        hooks.Read(HookPoint.MlpGate, (in HookContext _, ReadOnlySpan<float> _) => { });
        Should.Throw<NotSupportedException>(() => Logits(model, Ids, [40], Arithmetic.Exact, hooks: hooks)).Message.ShouldContain("MlpGate");
    }

    [Fact]
    public void AVectorInPlaceOfAnIdEqualsTheId()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        rows.Add(sequence, Ids);
        var embedding = new float[24];
        model.Stack.Embedding.Tensor.CopyRowTo(Ids[3], embedding);
        rows.SetVector(3, embedding);
        var hidden = model.Run(pass, rows);
        model.LastLogits(pass, hidden).Span.ToArray().ShouldBe(Logits(model, Ids, [40], Arithmetic.Exact)[^61..]);
    }

    [Fact]
    public void ACancelledPassLeavesTheSequenceAsItWas()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var source = new CancellationTokenSource();
        var hooks = new HookTable();
        hooks.Read(HookPoint.ResidPost, (in HookContext _, ReadOnlySpan<float> _) => source.Cancel(), fromLayer: 0, toLayer: 0);
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact, Hooks = hooks });
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        rows.Add(sequence, Ids);
        Should.Throw<OperationCanceledException>(() => model.Run(pass, rows, source.Token));
        sequence.Length.ShouldBe(0);
        sequence.States.ShouldAllBe(state => state.Length == 0);
    }

    [Fact]
    public void ATokenOutsideTheVocabularyIsRefused()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var pass = new Pass();
        using var sequence = model.NewSequence();
        var rows = new RowBatch();
        rows.Add(sequence, [1, 61]);
        Should.Throw<ArgumentOutOfRangeException>(() => model.Run(pass, rows)).Message.ShouldContain("61");
        sequence.Length.ShouldBe(0);
    }

    [Fact]
    public void AfterWarmUpATokenAllocatesNothing()
    {
        using var model = ToyModels.Language(ToyModels.Llama());
        using var pool = new ComputePool(1);
        using var pass = new Pass(new PassOptions { Pool = pool });
        using var sequence = model.NewSequence();
        var rows = new RowBatch();
        void Step(int id)
        {
            rows.Clear();
            rows.Add(sequence, [id]);
            model.LastLogits(pass, model.Run(pass, rows));
        }

        for (var i = 0; i < 64; i++) Step(i % 61);
        sequence.Truncate(0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 64; i++) Step(i % 61);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    // Keeps the newest slots, and notes how many keys the last row saw in each layer.
    private sealed class LastSlots(int count) : IAttentionPolicy
    {
        public List<int> RowsOfLastRow { get; } = [];

        public ObservationRequest? Observe(in AttentionStep step) => new() { LastRow = true };

        public IAttentionPolicy Fork() => this;

        public void Truncate(int length)
        {
        }

        public RowVisibility? BeforeAttention(in AttentionStep step) => null;

        public KeepPlan? AfterAttention(in AttentionStep step, AttentionObservations? observations)
        {
            RowsOfLastRow.Add(step.State.SlotCount(0));
            var first = step.State.SlotCount(0) - count;
            return KeepPlan.Same(step.State.Heads, [.. Enumerable.Range(first, count)]);
        }
    }

    private static float[] Logits(
        LanguageModel model, int[] ids, int[] chunks, Arithmetic arithmetic, ComputePool? pool = null, HookTable? hooks = null)
    {
        using var pass = new Pass(new PassOptions { Arithmetic = arithmetic, Pool = pool, Hooks = hooks });
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        var logits = new List<float>();
        var at = 0;
        foreach (var chunk in chunks)
        {
            rows.Clear();
            rows.Add(sequence, ids.AsSpan(at, chunk));
            var hidden = model.Run(pass, rows);
            logits.AddRange(model.Logits(pass, hidden, [.. Enumerable.Range(0, chunk)]).Span);
            at += chunk;
        }

        return [.. logits];
    }
}
