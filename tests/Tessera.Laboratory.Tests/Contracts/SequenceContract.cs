using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Laboratory.Tests.Contracts;

/// <summary>What holds of whatever decides what a sequence keeps or computes: policies and schedules alike.</summary>
internal static class SequenceContract
{
    public const int Prompt = 70;
    public static readonly int[] Ids = [.. Enumerable.Range(0, Prompt + 8).Select(i => (i * i + 7 * i) % 61)];

    public static LanguageModel Model() => ToyModels.Language(ToyModels.Llama(layers: 4));

    public static Pass NewPass() => new(new PassOptions { Arithmetic = Arithmetic.Exact });

    public static void TheResultDependsOnNoThreadAndOnNoOtherSequence(SequenceOptions options)
    {
        using var model = Model();
        var alone = Answer(model, options);
        Answer(model, options, threads: 3).ShouldBe(alone);
        Answer(model, options, beside: true).ShouldBe(alone);
        Answer(model, SequenceOptions.Exact).ShouldNotBe(alone); // what is left out is missed
    }

    public static void AForkGoesOnAsItsOrigin(SequenceOptions options)
    {
        using var model = Model();
        using var pass = NewPass();
        using var sequence = model.NewSequence(options);
        Run(model, pass, sequence, Ids[..Prompt]);
        using var fork = sequence.Fork();
        using var stray = sequence.Fork();
        foreach (var id in Ids[..8]) Run(model, pass, stray, [id]); // touches nothing of the others
        for (var i = Prompt; i < Ids.Length; i++)
        {
            var next = Run(model, pass, sequence, [Ids[i]]);
            Run(model, pass, fork, [Ids[i]]).ShouldBe(next);
            if (i == Ids.Length - 1) next.ShouldBe(Answer(model, options));
        }
    }

    public static void APassThatFailsLeavesNoTrace(SequenceOptions options)
    {
        using var model = Model();
        using var pass = NewPass();
        using var sequence = model.NewSequence(options);
        var hooks = new Tessera.Models.Hooks.HookTable();
        hooks.Read(Tessera.Models.Hooks.HookPoint.HeadOut, (in Tessera.Models.Hooks.HookContext _, ReadOnlySpan<float> _) => throw new TimeoutException(), 3, 3); // in the last layer
        using var failing = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact, Hooks = hooks });
        Should.Throw<TimeoutException>(() => Run(model, failing, sequence, Ids[20..60]));
        Run(model, pass, sequence, Ids[..Prompt]);
        using var source = new CancellationTokenSource();
        source.Cancel();
        var rows = new RowBatch();
        var last = Array.Empty<float>();
        for (var i = Prompt; i < Ids.Length; i++)
        {
            rows.Clear();
            rows.Add(sequence, [5]);
            Should.Throw<OperationCanceledException>(() => model.Run(pass, rows, source.Token));
            Should.Throw<TimeoutException>(() => Run(model, failing, sequence, [5]));
            last = Run(model, pass, sequence, [Ids[i]]);
        }

        last.ShouldBe(Answer(model, options));
    }

    public static void ASequenceThatBeginsAnewIsAsANewOne(SequenceOptions options)
    {
        using var model = Model();
        using var pass = NewPass();
        using var sequence = model.NewSequence(options);
        Run(model, pass, sequence, [.. Ids[..Prompt].Reverse()]);
        sequence.Truncate(0);
        Run(model, pass, sequence, Ids[..Prompt]);
        var last = Array.Empty<float>();
        for (var i = Prompt; i < Ids.Length; i++) last = Run(model, pass, sequence, [Ids[i]]);
        last.ShouldBe(Answer(model, options));
    }

    /// <summary>The logits behind a prompt and eight tokens.</summary>
    public static float[] Answer(LanguageModel model, SequenceOptions options, int threads = 1, bool beside = false)
    {
        using var pool = new ComputePool(threads);
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact, Pool = pool });
        using var sequence = model.NewSequence(options);
        using var other = model.NewSequence(SequenceOptions.Exact);
        var last = Array.Empty<float>();
        for (var done = 0; done < Ids.Length; done = Math.Max(Prompt, done + 1))
            last = Run(model, pass, sequence, done == 0 ? Ids[..Prompt] : [Ids[done]], beside ? other : null);
        return last;
    }

    public static float[] Run(LanguageModel model, Pass pass, Sequence sequence, int[] ids, Sequence? beside = null)
    {
        var rows = new RowBatch();
        if (beside is not null) rows.Add(beside, [5, 4, 3]);
        rows.Add(sequence, ids);
        return model.LastLogits(pass, model.Run(pass, rows)).Span.ToArray();
    }
}
