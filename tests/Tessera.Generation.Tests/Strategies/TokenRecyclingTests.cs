using Tessera.Tokenizers.Templates;

namespace Tessera.Generation.Tests.Strategies;

/// <summary>Whatever is drafted, the answer is that of plain decoding.</summary>
public class TokenRecyclingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Tokens depend on the two before and, now and then, on the place: some of it can be foreseen.
    private static FakeDecoder Decoder() => new(40, 400, (history, row) =>
    {
        var before = history.Length > 1 ? history[^2] : 0;
        for (var i = 0; i < row.Length; i++) row[i] = (float)(3 * Math.Sin(i * 1.7 + history[^1] * 0.9 + before * 0.2 + history.Length % 7 / 6));
        row[(history[^1] * 3 + 1) % 40] += 3;
    });

    public static TheoryData<string> SamplerNames => [.. Samplers.Keys];

    /// <summary>Every stage, at temperature 0 and above.</summary>
    private static readonly Dictionary<string, SamplingOptions> Samplers = new()
    {
        ["greedy"] = SamplingOptions.Greedy,
        ["temperature"] = new() { Temperature = .8, Seed = 1 },
        ["top-k"] = new() { Temperature = .8, TopK = 20, Seed = 2 },
        ["top-p"] = new() { Temperature = .8, TopP = .9, Seed = 3 },
        ["min-p"] = new() { Temperature = .8, MinP = .05, Seed = 4 },
        ["typical"] = new() { Temperature = .8, TypicalP = .9, Seed = 5 },
        ["top-n-sigma"] = new() { Temperature = .8, TopNSigma = 1, Seed = 6 },
        ["top-h"] = new() { Temperature = .8, TopH = .4, Seed = 7 },
        ["epsilon"] = new() { Temperature = .8, EpsilonCutoff = 3e-4, Seed = 8 },
        ["eta"] = new() { Temperature = .8, EtaCutoff = 1e-3, Seed = 9 },
        ["xtc"] = new() { Temperature = .8, XtcProbability = .5, Seed = 10 },
        ["dynamic temperature"] = new() { Temperature = .8, DynamicTemperatureRange = .4, Seed = 11 },
        ["penalties"] = new() { Temperature = .8, RepetitionPenalty = 1.1, FrequencyPenalty = .2, PresencePenalty = .1, Seed = 12 },
        ["no repeated n-gram"] = new() { Temperature = .8, NoRepeatNGram = 3, Seed = 13 },
        ["dry"] = new() { Temperature = .8, DryMultiplier = .8, Seed = 14 },
        ["bias"] = new() { Temperature = .8, LogitBias = new Dictionary<int, float> { [3] = -5, [4] = 2 }, Seed = 15 },
        ["mirostat 1"] = new() { Temperature = .8, Mirostat = MirostatVersion.V1, Seed = 16 },
        ["mirostat 2"] = new() { Temperature = .8, Mirostat = MirostatVersion.V2, Seed = 17 },
        ["penalties, greedy"] = new() { Temperature = 0, RepetitionPenalty = 1.2, DryMultiplier = .8 },
    };

    private static TokenRecycling Whole() => new(new() { Adaptive = false, Nodes = 30 });

    private static async Task<(List<TokenStep> Steps, Generation Run)> Run(Session session, ReadOnlyMemory<int> prompt, GenerationOptions options)
    {
        var run = session.GenerateAsync(prompt.Span, options, Token);
        return (await run.ToListAsync(Token), run);
    }

    [Theory, MemberData(nameof(SamplerNames))]
    public async Task AnswersAreThoseOfPlainDecoding(string sampler)
    {
        var options = new GenerationOptions { Sampling = Samplers[sampler], MaxTokens = 150, TopAlternatives = 2 };
        using var plain = new Session(Decoder());
        var (expected, _) = await Run(plain, new[] { 7, 3, 9 }, options);
        foreach (var strategy in new[] { Whole(), new TokenRecycling(), new TokenRecycling(new() { Candidates = 2, Occurrences = 0 }) })
        {
            using var session = new Session(Decoder());
            for (var answer = 0; answer < 2; answer++) // cold and warm
            {
                var (steps, run) = await Run(session, new[] { 7, 3, 9 }, options with { Strategy = strategy });
                steps.Select(s => (s.Id, s.Raw, s.Processed, s.Stop)).ShouldBe(expected.Select(s => (s.Id, s.Raw, s.Processed, s.Stop)));
                steps.Count(s => s.Origin == TokenOrigin.Accepted).ShouldBe(run.Report.Accepted);
            }
        }
    }

    [Fact]
    public async Task DraftsSparePasses()
    {
        using var session = new Session(Decoder());
        var (_, run) = await Run(session, new[] { 7, 3, 9 }, new() { Sampling = SamplingOptions.Greedy, MaxTokens = 200, Strategy = Whole() });
        run.Report.Accepted.ShouldBeGreaterThan(60);
        run.Report.Passes.ShouldBeLessThan(140);
        run.Report.Rows.ShouldBe(run.Report.Passes + run.Report.Drafted);
    }

    [Fact]
    public async Task WhereDraftsDoNotPayThereAreFew()
    {
        // Tokens that nothing foresees: the draft stays away, and what it costs with it.
        var decoder = new FakeDecoder(5_000, 2_000, (history, row) => row[(int)(new RandomKey(3, 0, (uint)history.Length, RandomPurpose.Sample).Uniform() * 5_000)] = 9);
        using var session = new Session(decoder);
        var (_, run) = await Run(session, new[] { 7, 3, 9 }, new() { Sampling = SamplingOptions.Greedy, MaxTokens = 300, Strategy = new TokenRecycling() { Clock = new Frozen() } });
        run.Report.Drafted.ShouldBeLessThan(8);
    }

    [Fact]
    public async Task AnExpensiveTreeIsLeftAloneAndACheapOneGrows()
    {
        var (cheap, dear) = (await Drafted(0.01), await Drafted(3));
        cheap.ShouldBeGreaterThan(150);
        dear.ShouldBeLessThan(cheap / 3);

        // A clock by which every further row of a pass costs this many passes of one.
        async Task<long> Drafted(double cost)
        {
            var clock = new CostClock();
            var decoder = new CostedDecoder(Decoder(), rows => clock.Advance(1 + cost * (rows - 1)));
            using var session = new Session(decoder);
            var (_, run) = await Run(session, new[] { 7, 3, 9 }, new() { Sampling = SamplingOptions.Greedy, MaxTokens = 380, Strategy = new TokenRecycling { Clock = clock } });
            return run.Report.Drafted;
        }
    }

    [Fact]
    public async Task AStopInsideAnAcceptedPathEndsTheAnswerThere()
    {
        using var plain = new Session(Decoder());
        var (all, _) = await Run(plain, new[] { 7, 3, 9 }, new() { Sampling = SamplingOptions.Greedy, MaxTokens = 120 });
        for (var limit = 90; limit < 100; limit++)
        {
            using var session = new Session(Decoder());
            var options = new GenerationOptions { Sampling = SamplingOptions.Greedy, MaxTokens = limit, Strategy = Whole() };
            var (steps, _) = await Run(session, new[] { 7, 3, 9 }, options);
            steps.Select(s => s.Id).ShouldBe(all.Take(limit).Select(s => s.Id));
            session.Cached.Length.ShouldBeLessThan(3 + limit);
            (steps, _) = await Run(session, (int[])[7, 3, 9, .. all.Take(50).Select(s => s.Id)], options with { MaxTokens = 40 });
            steps.Select(s => s.Id).ShouldBe(all.Skip(50).Take(40).Select(s => s.Id));
        }
    }

    [Fact]
    public async Task OnTheRealModelAnswersAreThoseOfPlainDecoding()
    {
        using var package = RealModel.Load();
        var names = Samplers.Keys.Skip(1).ToArray();
        for (var prompt = 0; prompt < RealPrompts.All.Length; prompt++)
        {
            await SameAnswer(package, RealPrompts.All[prompt], "greedy", 24);
            await SameAnswer(package, RealPrompts.All[prompt], names[prompt % names.Length], 24);
        }
    }

    /// <summary>All of it: 20 prompts, 128 tokens, every sampler; minutes. Run with -explicit only.</summary>
    [Fact(Explicit = true)]
    public async Task OnTheRealModelWithEverySamplerToo()
    {
        using var package = RealModel.Load();
        foreach (var prompt in RealPrompts.All)
        {
            foreach (var sampler in Samplers.Keys) await SameAnswer(package, prompt, sampler, 128);
        }
    }

    private static async Task SameAnswer(ModelPackage package, string prompt, string sampler, int tokens)
    {
        var ids = package.Text.ChatFormat().Encode([new ChatMessage("user", prompt)]).ToArray();
        var options = package.Defaults.ToOptions() with { Sampling = Samplers[sampler], MaxTokens = tokens };
        using var plain = package.NewSession();
        using var drafted = package.NewSession();
        var (expected, _) = await Run(plain, ids, options);
        var (steps, _) = await Run(drafted, ids, options with { Strategy = new TokenRecycling(new() { Adaptive = prompt.Length % 2 == 0, Nodes = 15 }) });
        steps.Select(s => (s.Id, s.Raw.LogProbability)).ShouldBe(expected.Select(s => (s.Id, s.Raw.LogProbability)), $"{sampler}: {prompt}");
    }

    [Fact]
    public void BadSettingsAreArgumentErrors()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new TokenRecyclingOptions { Candidates = 0 });
        Should.Throw<ArgumentOutOfRangeException>(() => new TokenRecyclingOptions { Candidates = 65 });
        Should.Throw<ArgumentOutOfRangeException>(() => new TokenRecyclingOptions { Nodes = 0 });
        Should.Throw<ArgumentOutOfRangeException>(() => new TokenRecyclingOptions { Occurrences = -1 });
        Should.Throw<ArgumentNullException>(() => new TokenRecycling { Clock = null! });
    }

    private sealed class Frozen : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }

    private sealed class CostClock : TimeProvider
    {
        private double _now;

        public void Advance(double passes) => _now += passes * 10_000_000; // a pass takes a second

        public override long TimestampFrequency => 10_000_000;

        public override long GetTimestamp() => (long)_now;
    }

    private sealed class CostedDecoder(IDecoder inner, Action<int> ran) : IDecoder
    {
        public int VocabularySize => inner.VocabularySize;

        public int ContextLength => inner.ContextLength;

        public IDecoderSequence NewSequence() => new Sequence(inner.NewSequence(), ran);

        private sealed class Sequence(IDecoderSequence inner, Action<int> ran) : IDecoderSequence
        {
            public ReadOnlySpan<int> Tokens => inner.Tokens;

            public bool TakesTrees => true;

            public ValueTask<ReadOnlyMemory<float>> RunAsync(ReadOnlyMemory<int> tokens, CancellationToken cancellation = default)
            {
                ran(tokens.Length);
                return inner.RunAsync(tokens, cancellation);
            }

            public ValueTask<ReadOnlyMemory<float>> RunTreeAsync(ReadOnlyMemory<int> tokens, ReadOnlyMemory<int> parents, CancellationToken cancellation = default)
            {
                ran(tokens.Length);
                return inner.RunTreeAsync(tokens, parents, cancellation);
            }

            public void CommitPath(ReadOnlySpan<int> rows) => inner.CommitPath(rows);

            public void Truncate(int length) => inner.Truncate(length);

            public IDecoderSequence Fork() => new Sequence(inner.Fork(), ran);

            public void Dispose() => inner.Dispose();
        }
    }
}
