using Tessera.Models;
using Tessera.Models.Attention;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Laboratory.Tests.Contracts;

/// <summary>What holds of every cache policy in the catalogue.</summary>
public sealed class PolicyTests
{
    private const int Prompt = 70;
    private const int Budget = 40;
    private static readonly int[] s_ids = [.. Enumerable.Range(0, Prompt + 8).Select(i => (i * i + 7 * i) % 61)];

    public static TheoryData<string> Policies => [.. MethodCatalogue.OfStage(MethodStage.Policy).Where(m => m.Factory is not null).Select(m => m.Name)];

    [Fact]
    public void ThereArePolicies() => Policies.ShouldNotBeEmpty();

    [Theory]
    [MemberData(nameof(Policies))]
    public void AWholeBudgetChangesNothing(string name)
    {
        using var model = Model();
        Answer(model, Make(name, "1")).ShouldBe(Answer(model, null));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void ABudgetIsKeptAndDropsSomething(string name)
    {
        using var model = Model();
        using var pool = new ComputePool(1);
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact, Pool = pool });
        using var sequence = model.NewSequence(SequenceOptions.Exact, Make(name));
        Run(model, pass, sequence, s_ids[..Prompt]);
        foreach (var state in sequence.States.Cast<KeyValueState>())
        {
            for (var head = 0; head < state.Heads; head++) state.SlotCount(head).ShouldBeLessThanOrEqualTo(Budget);
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void TheResultDependsOnNoThreadAndOnNoOtherSequence(string name)
    {
        using var model = Model();
        var alone = Answer(model, Make(name));
        Answer(model, Make(name), threads: 3).ShouldBe(alone);
        Answer(model, Make(name), beside: true).ShouldBe(alone);
        Answer(model, null).ShouldNotBe(alone); // what is dropped is missed
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void AForkGoesOnAsItsOrigin(string name)
    {
        using var model = Model();
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        using var sequence = model.NewSequence(SequenceOptions.Exact, Make(name));
        Run(model, pass, sequence, s_ids[..Prompt]);
        using var fork = sequence.Fork();
        for (var i = Prompt; i < s_ids.Length; i++) Run(model, pass, sequence, [s_ids[i]]).ShouldBe(Run(model, pass, fork, [s_ids[i]]));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void ACancelledPassLeavesNoTrace(string name)
    {
        using var model = Model();
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        using var sequence = model.NewSequence(SequenceOptions.Exact, Make(name));
        Run(model, pass, sequence, s_ids[..Prompt]);
        using var source = new CancellationTokenSource();
        source.Cancel();
        var rows = new RowBatch();
        rows.Add(sequence, [s_ids[0]]);
        Should.Throw<OperationCanceledException>(() => model.Run(pass, rows, source.Token));
        var last = Array.Empty<float>();
        for (var i = Prompt; i < s_ids.Length; i++) last = Run(model, pass, sequence, [s_ids[i]]);
        last.ShouldBe(Answer(model, Make(name)));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void ASequenceThatBeginsAnewIsAsANewOne(string name)
    {
        using var model = Model();
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        using var sequence = model.NewSequence(SequenceOptions.Exact, Make(name));
        Run(model, pass, sequence, [.. s_ids[..Prompt].Reverse()]);
        sequence.Truncate(0);
        Run(model, pass, sequence, s_ids[..Prompt]);
        var last = Array.Empty<float>();
        for (var i = Prompt; i < s_ids.Length; i++) last = Run(model, pass, sequence, [s_ids[i]]);
        last.ShouldBe(Answer(model, Make(name)));
    }

    private static LanguageModel Model() => ToyModels.Language(ToyModels.Llama());

    private static IAttentionPolicy Make(string name, string? budget = null) =>
        MethodCatalogue.Find(name)!.Create<IAttentionPolicy>(MethodSettings.None.With("budget", budget ?? $"{Budget}"));

    // The logits behind a prompt and eight tokens.
    private static float[] Answer(LanguageModel model, IAttentionPolicy? policy, int threads = 1, bool beside = false)
    {
        using var pool = new ComputePool(threads);
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact, Pool = pool });
        using var sequence = model.NewSequence(SequenceOptions.Exact, policy);
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
