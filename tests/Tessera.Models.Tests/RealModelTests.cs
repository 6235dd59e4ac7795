using Tessera.Models.Attention;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Models.Tests;

/// <summary>That a row's result is a pure function of what it sees, on a real model: to the bit, whatever runs beside it.</summary>
public sealed class RealModelTests
{
    private const string File = "models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf";
    private static readonly int[] Ids = [.. Enumerable.Range(0, 512).Select(i => 100 + i * 7919 % 40_000)];

    [Theory]
    [InlineData(Arithmetic.Exact, TensorFormat.F32)]
    [InlineData(Arithmetic.Fast, TensorFormat.F32)]
    [InlineData(Arithmetic.Fast, TensorFormat.F16)]
    [InlineData(Arithmetic.Fast, TensorFormat.Q8_0)]
    public void PiecesAndThreadsDoNotChangeABit(Arithmetic arithmetic, TensorFormat state)
    {
        using var model = Load();
        var whole = Last(model, Ids.AsSpan(0, 33), [33], arithmetic, state, threads: 2);
        foreach (var pieces in new int[][] { [16, 17], [31, 2], [1, 32], [.. Enumerable.Repeat(1, 33)], [2, 3, 4, 5, 6, 7, 6] })
            Last(model, Ids.AsSpan(0, 33), pieces, arithmetic, state, threads: 2).ShouldBe(whole, customMessage: string.Join('+', pieces));
        foreach (var threads in new[] { 1, 3, 8 })
            Last(model, Ids.AsSpan(0, 33), [33], arithmetic, state, threads).ShouldBe(whole, customMessage: $"{threads} threads");
    }

    [Fact]
    public void ALongPromptInPiecesGivesTheSameBits()
    {
        using var model = Load();
        var whole = Last(model, Ids, [512], Arithmetic.Fast, TensorFormat.F16, threads: 2);
        Last(model, Ids, [17, 495], Arithmetic.Fast, TensorFormat.F16, threads: 2).ShouldBe(whole);
        Last(model, Ids, [511, 1], Arithmetic.Fast, TensorFormat.F16, threads: 3).ShouldBe(whole);
    }

    [Fact]
    public void ATreeRowEqualsItsPlainRow()
    {
        using var model = Load();
        using var pass = new Pass();
        using var sequence = model.NewSequence();
        var rows = new RowBatch();
        rows.Add(sequence, Ids.AsSpan(0, 20));
        model.Run(pass, rows);
        rows.Clear();
        rows.Add(sequence, [500, 600, 501, 601], positions: [20, 20, 21, 21], visibility: RowVisibility.Tree([-1, -1, 0, 1]));
        var hidden = model.Run(pass, rows);
        var tree = model.Logits(pass, hidden, [3]).Span.ToArray();
        Last(model, [.. Ids[..20], 600, 601], [22], Arithmetic.Fast, TensorFormat.F16, threads: 2).ShouldBe(tree);
    }

    [Fact]
    public void AfterWarmUpATokenAllocatesNothing()
    {
        using var model = Load();
        using var pool = new ComputePool(1); // one thread and pages of its own: other tests run beside this one, and waking a parked thread allocates
        using var pages = new PagePool();
        using var pass = new Pass(new PassOptions { Pool = pool });
        using var sequence = model.NewSequence(new SequenceOptions { Pages = pages });
        var rows = new RowBatch();
        void Step(int token)
        {
            rows.Clear();
            rows.Add(sequence, Ids.AsSpan(token, 1));
            model.LastLogits(pass, model.Run(pass, rows));
        }

        long Window()
        {
            sequence.Truncate(0);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 256; i++) Step(i);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Window();
        var scratch = pass.ScratchBytes;
        // What a token allocates shows in every window; what the runtime does once, on whichever thread it falls, does not.
        Math.Min(Window(), Window()).ShouldBe(0);
        pass.ScratchBytes.ShouldBe(scratch);
    }

    private static LanguageModel Load()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !System.IO.File.Exists(Path.Combine(root.FullName, "Tessera.slnx"))) root = root.Parent;
        var path = Path.Combine(root?.Parent?.FullName ?? "", "shared", File);
        Assert.SkipUnless(System.IO.File.Exists(path), $"needs shared/{File} beside the repository");
        return (LanguageModel)Model.Load(path);
    }

    private static float[] Last(LanguageModel model, ReadOnlySpan<int> ids, int[] pieces, Arithmetic arithmetic, TensorFormat state, int threads)
    {
        using var pool = new ComputePool(threads);
        using var pass = new Pass(new PassOptions { Arithmetic = arithmetic, Pool = pool });
        using var sequence = model.NewSequence(new SequenceOptions { KeyValues = new KeyValueOptions { KeyFormat = state, ValueFormat = state } });
        var rows = new RowBatch();
        Tensors.Autodiff.Value hidden = default;
        foreach (var piece in pieces)
        {
            rows.Clear();
            rows.Add(sequence, ids.Slice(sequence.Length, piece));
            hidden = model.Run(pass, rows);
        }

        return model.LastLogits(pass, hidden).Span.ToArray();
    }
}
