using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Laboratory.Tests.Contracts;

/// <summary>What holds of every schedule in the catalogue.</summary>
public sealed class ScheduleTests
{
    private const int Prompt = 70;
    private static readonly int[] s_ids = [.. Enumerable.Range(0, Prompt + 8).Select(i => (i * i + 7 * i) % 61)];

    public static TheoryData<string> Schedules => [.. MethodCatalogue.OfStage(MethodStage.Schedule).Where(m => m.Factory is not null).Select(m => m.Name)];

    [Fact]
    public void ThereAreSchedules() => Schedules.ShouldNotBeEmpty();

    [Theory]
    [MemberData(nameof(Schedules))]
    public void TheResultDependsOnNoThreadAndOnNoOtherSequence(string name)
    {
        using var model = Model();
        var alone = Answer(model, name);
        Answer(model, name, threads: 3).ShouldBe(alone);
        Answer(model, name, beside: true).ShouldBe(alone);
    }

    [Theory]
    [MemberData(nameof(Schedules))]
    public void NoTokenRunsTwiceThroughALayer(string name)
    {
        using var model = Model();
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        using var sequence = New(model, name);
        Run(model, pass, sequence, s_ids[..Prompt]);
        for (var i = Prompt; i < s_ids.Length; i++) Run(model, pass, sequence, [s_ids[i]]);
        var counts = sequence.Schedule!.Counts;
        counts.Tokens.ShouldBe(s_ids.Length);
        foreach (var rows in counts.Rows) rows.ShouldBeLessThanOrEqualTo(s_ids.Length);
        counts.TotalRows.ShouldBeLessThan(s_ids.Length * counts.Rows.Length); // it saves something
    }

    [Theory]
    [MemberData(nameof(Schedules))]
    public void AForkGoesOnAsItsOrigin(string name)
    {
        using var model = Model();
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        using var sequence = New(model, name);
        Run(model, pass, sequence, s_ids[..Prompt]);
        using var fork = sequence.Fork();
        for (var i = Prompt; i < s_ids.Length; i++) Run(model, pass, sequence, [s_ids[i]]).ShouldBe(Run(model, pass, fork, [s_ids[i]]));
    }

    [Theory]
    [MemberData(nameof(Schedules))]
    public void ACancelledPassLeavesNoTrace(string name)
    {
        using var model = Model();
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        using var sequence = New(model, name);
        Run(model, pass, sequence, s_ids[..Prompt]);
        using var source = new CancellationTokenSource();
        source.Cancel();
        var rows = new RowBatch();
        rows.Add(sequence, [s_ids[0]]);
        Should.Throw<OperationCanceledException>(() => model.Run(pass, rows, source.Token));
        var last = Array.Empty<float>();
        for (var i = Prompt; i < s_ids.Length; i++) last = Run(model, pass, sequence, [s_ids[i]]);
        last.ShouldBe(Answer(model, name));
    }

    private static LanguageModel Model() => ToyModels.Language(ToyModels.Llama(layers: 4));

    private static Sequence New(LanguageModel model, string name)
    {
        var sequence = model.NewSequence(SequenceOptions.Exact);
        var method = MethodCatalogue.Find(name)!;
        const string fewest = "min-tokens"; // short prompts are usually not worth it
        sequence.Schedule = method.Create<LayerSchedule>(method.Options.Any(o => o.Name == fewest) ? MethodSettings.None.With(fewest, "0") : MethodSettings.None);
        return sequence;
    }

    private static float[] Answer(LanguageModel model, string name, int threads = 1, bool beside = false)
    {
        using var pool = new ComputePool(threads);
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact, Pool = pool });
        using var sequence = New(model, name);
        using var other = model.NewSequence(SequenceOptions.Exact);
        var last = Array.Empty<float>();
        for (var done = 0; done < s_ids.Length; done = Math.Max(Prompt, done + 1))
            last = Run(model, pass, sequence, done == 0 ? s_ids[..Prompt] : [s_ids[done]], beside ? other : null);
        return last;
    }

    private static float[] Run(LanguageModel model, Pass pass, Sequence sequence, int[] ids, Sequence? beside = null)
    {
        var rows = new RowBatch();
        if (beside is not null) rows.Add(beside, [5, 4, 3]);
        rows.Add(sequence, ids);
        return model.LastLogits(pass, model.Run(pass, rows)).Span.ToArray();
    }
}
