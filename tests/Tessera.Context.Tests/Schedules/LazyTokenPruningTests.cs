using Tessera.Context.Schedules;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Models.Tests;
using Tessera.Tensors.Kernels;

namespace Tessera.Context.Tests;

public sealed class LazyTokenPruningTests
{
    private const int Prompt = 30;
    private static readonly int[] s_ids = [.. Enumerable.Range(0, 42).Select(i => i * i * 7 % 61)];
    private static readonly LazyTokenPruningOptions s_pruned = new() { Keep = "0.25:0.7/0.5:0.4/0.75:0.2", MinTokens = 0 };

    [Fact]
    public void FractionsOfOneAreThePlainModelBitForBit()
    {
        using var model = ToyModels.Language(ToyModels.Llama(4));
        var lazy = Run(model, new LazyTokenPruning(new LazyTokenPruningOptions { Keep = "0.25:1/0.5:1", MinTokens = 0 }), Arithmetic.Fast, SequenceOptions.Default);
        var plain = Run(model, null, Arithmetic.Fast, SequenceOptions.Default);
        for (var step = 0; step < plain.Length; step++) lazy[step].ShouldBe(plain[step]);
    }

    [Fact]
    public void LogitsAreThoseOfAMaskedReplayWithoutCaches()
    {
        using var model = ToyModels.Language(ToyModels.Llama(4));
        var schedule = new RecordedSchedule(new LazyTokenPruning(s_pruned));
        var logits = Run(model, schedule, Arithmetic.Exact, SequenceOptions.Exact);
        schedule.Counts.Revived.ShouldBeGreaterThan(0);
        var replay = MaskedReplay.Logits(model, s_ids, Prompt, schedule.Passes);
        for (var step = 0; step < logits.Length; step++)
        {
            for (var i = 0; i < logits[step].Length; i++) logits[step][i].ShouldBe(replay[step][i], 1e-4f);
        }
    }

    [Fact]
    public void EveryTokenRunsThroughALayerAtMostOnceAndInOrder()
    {
        using var model = ToyModels.Language(ToyModels.Llama(4));
        using var sequence = Lazy(model, new LazyTokenPruning(s_pruned));
        using var pass = new Pass();
        var frontier = new int[s_ids.Length];
        for (var at = 0; at < s_ids.Length; at += at == 0 ? Prompt : 1)
        {
            Step(model, pass, sequence, s_ids.AsSpan(at, at == 0 ? Prompt : 1));
            Array.Fill(frontier, -1);
            for (var layer = 0; layer < 4; layer++)
            {
                var cached = RecordedSchedule.Cached((KeyValueState)sequence.States[layer]).ToArray();
                cached.Distinct().Count().ShouldBe(cached.Length);
                foreach (var token in cached)
                {
                    frontier[token].ShouldBe(layer - 1, $"token {token} is cached in layer {layer}");
                    frontier[token] = layer;
                }
            }

            frontier[sequence.Length - 1].ShouldBe(3);
        }

        sequence.Schedule!.Counts.TotalRows.ShouldBeLessThan(4 * s_ids.Length);
        sequence.Schedule.Counts.Rows[0].ShouldBe(s_ids.Length);
    }

    [Fact]
    public void TheFirstTokenStaysIfItIsProtected()
    {
        using var model = ToyModels.Language(ToyModels.Llama(4));
        foreach (var keep in (string[])["0.25:0.1", "0.25:0.01"])
        {
            var schedule = new RecordedSchedule(new LazyTokenPruning(new LazyTokenPruningOptions { Keep = keep, MinTokens = 0 }));
            Run(model, schedule, Arithmetic.Exact, SequenceOptions.Exact);
            schedule.Passes.ShouldAllBe(p => p.Active[3][0] == 0);
            schedule.Passes[0].Active[3].Length.ShouldBe(keep == "0.25:0.1" ? 3 : 2);
        }
    }

    [Fact]
    public void AStaticChoiceIsMadeOnce()
    {
        using var model = ToyModels.Language(ToyModels.Llama(4));
        var schedule = new RecordedSchedule(new LazyTokenPruning(s_pruned with { Static = true }));
        Run(model, schedule, Arithmetic.Exact, SequenceOptions.Exact);
        for (var p = 1; p < schedule.Passes.Count; p++)
        {
            for (var layer = 0; layer < 4; layer++) schedule.Passes[p].Active[layer].ShouldBe([.. schedule.Passes[p - 1].Active[layer], Prompt + p - 1]);
        }
    }

    [Fact]
    public void ShortPromptsRunWhole()
    {
        using var model = ToyModels.Language(ToyModels.Llama(4));
        var schedule = new LazyTokenPruning(s_pruned with { MinTokens = 36 });
        Run(model, schedule, Arithmetic.Exact, SequenceOptions.Exact);
        schedule.Counts.Rows[0].ShouldBe(42);
        schedule.Counts.Rows[3].ShouldBe(42); // those before the 36th ran when they came
        var none = new LazyTokenPruning(s_pruned with { MinTokens = 30 });
        Run(model, none, Arithmetic.Exact, SequenceOptions.Exact);
        none.Counts.Rows[3].ShouldBeLessThan(42);
    }

    [Fact]
    public void AForkAndATruncationGoOnAlike()
    {
        using var model = ToyModels.Language(ToyModels.Llama(4));
        using var sequence = Lazy(model, new LazyTokenPruning(s_pruned));
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        Step(model, pass, sequence, s_ids.AsSpan(0, Prompt));
        using var fork = sequence.Fork();
        for (var i = 0; i < 3; i++) Step(model, pass, sequence, s_ids.AsSpan(Prompt + i, 1)).ShouldBe(Step(model, pass, fork, s_ids.AsSpan(Prompt + i, 1)));
        sequence.Truncate(20);
        fork.Truncate(20);
        Step(model, pass, sequence, s_ids.AsSpan(20, 4)).ShouldBe(Step(model, pass, fork, s_ids.AsSpan(20, 4)));
        sequence.Length.ShouldBe(24);
    }

    [Fact]
    public void ARandomRankingIsNamedByItsSeed()
    {
        using var model = ToyModels.Language(ToyModels.Llama(4));
        float[][] Logits(ulong seed) =>
            Run(model, new LazyTokenPruning(s_pruned with { Ranking = TokenRanking.Random, Seed = seed }), Arithmetic.Exact, SequenceOptions.Exact);
        Logits(1)[0].ShouldBe(Logits(1)[0]);
        Logits(1)[0].ShouldNotBe(Logits(2)[0]);
    }

    [Theory]
    [InlineData("0.3")]
    [InlineData("0.3:0")]
    [InlineData("0.3:1.1")]
    [InlineData("0:0.5")]
    [InlineData("0.3:NaN")]
    [InlineData("0.5:0.5/0.3:0.4")]
    [InlineData("0.3:0.5/0.5:0.6")]
    public void BadSettingsAreRefused(string keep) => Should.Throw<ArgumentException>(() => new LazyTokenPruning(new LazyTokenPruningOptions { Keep = keep }));

    [Fact]
    public void BadFractionsByLayerAreRefused()
    {
        Should.Throw<ArgumentException>(() => LazyTokenPruning.ByLayer([0.5, 0.6]));
        Should.Throw<ArgumentException>(() => LazyTokenPruning.ByLayer([1, 0]));
        using var model = ToyModels.Language(ToyModels.Llama(4));
        Should.Throw<ArgumentException>(() => Run(model, LazyTokenPruning.ByLayer([1, 1]), Arithmetic.Exact, SequenceOptions.Exact)).Message.ShouldContain("4 layers");
    }

    private static Sequence Lazy(LanguageModel model, LayerSchedule schedule) => model.NewSequence(SequenceOptions.Exact with { Schedule = () => schedule });

    // The logits of each step: the prompt's, then token by token.
    private static float[][] Run(LanguageModel model, LayerSchedule? schedule, Arithmetic arithmetic, SequenceOptions options)
    {
        using var sequence = model.NewSequence(options);
        sequence.Schedule = schedule;
        using var pass = new Pass(new PassOptions { Arithmetic = arithmetic });
        var steps = new List<float[]> { Step(model, pass, sequence, s_ids.AsSpan(0, Prompt)) };
        for (var i = Prompt; i < s_ids.Length; i++) steps.Add(Step(model, pass, sequence, s_ids.AsSpan(i, 1)));
        return [.. steps];
    }

    private static float[] Step(LanguageModel model, Pass pass, Sequence sequence, ReadOnlySpan<int> ids)
    {
        var rows = new RowBatch();
        rows.Add(sequence, ids);
        return model.LastLogits(pass, model.Run(pass, rows)).Span.ToArray();
    }
}
