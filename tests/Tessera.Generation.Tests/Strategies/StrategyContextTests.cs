using System.Runtime.CompilerServices;

namespace Tessera.Generation.Tests.Strategies;

public class StrategyContextTests
{
    private static readonly int[] Prompt = [7, 3, 9];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static FakeDecoder Decoder() => new(40, 200, (history, row) =>
    {
        for (var i = 0; i < row.Length; i++) row[i] = (float)(4 * Math.Sin(i * 1.7 + history[^1] * 0.9 + history.Length % 5));
    });

    // Right about half of the time: it follows the toy's own greedy choice now and then.
    private static int[] Guess(int[] history) => [.. Enumerable.Range(0, history.Length % 4).Select(i => (history[^1] * 3 + i) % 40)];

    private static async Task<(List<TokenStep> Steps, Generation Run)> Run(Session session, GenerationOptions options)
    {
        var run = session.GenerateAsync(Prompt, options, Token);
        return (await run.ToListAsync(Token), run);
    }

    public static TheoryData<SamplingOptions> Samplers => new(
        SamplingOptions.Greedy,
        new() { Temperature = .8, Seed = 5 },
        new() { Temperature = 1.2, TopK = 12, TopP = .9, Seed = 6 },
        new() { RepetitionPenalty = 1.3, FrequencyPenalty = .4, Seed = 7 },
        new() { Mirostat = MirostatVersion.V2, Seed = 8 },
        new() { XtcProbability = .5, DryMultiplier = .8, Seed = 9 });

    [Theory, MemberData(nameof(Samplers))]
    public async Task DraftsNeverChangeWhatIsDrawn(SamplingOptions sampling)
    {
        using var plain = new Session(Decoder());
        using var drafted = new Session(Decoder());
        var options = new GenerationOptions { Sampling = sampling, MaxTokens = 60, TopAlternatives = 2 };
        var (expected, _) = await Run(plain, options);
        var (steps, run) = await Run(drafted, options with { Strategy = new GuessingStrategy(Guess) });

        steps.Select(s => (s.Id, s.Position, s.Raw, s.Processed, s.Stop)).ShouldBe(expected.Select(s => (s.Id, s.Position, s.Raw, s.Processed, s.Stop)));
        run.Report.Strategy.ShouldBe("guessing");
        run.Report.Accepted.ShouldBe(steps.Count(s => s.Origin == TokenOrigin.Accepted));
        run.Report.Rows.ShouldBe(run.Report.Passes + run.Report.Drafted);
        run.Report.Counters.ShouldBe([new("rounds", run.Report.Passes)]);
    }

    [Fact]
    public async Task PlainDecodingCountsAPassForEveryTokenButTheLast()
    {
        using var session = new Session(Decoder());
        var (_, run) = await Run(session, new GenerationOptions { MaxTokens = 9 });
        (run.Report.Strategy, run.Report.Passes, run.Report.Rows, run.Report.Drafted, run.Report.Accepted).ShouldBe(("plain", 8, 8, 0, 0));
    }

    [Fact]
    public async Task AStrategyThatIsLeftInMidPathLeavesTheSessionUsable()
    {
        using var session = new Session(Decoder());
        using var other = new Session(Decoder());
        var options = new GenerationOptions { Sampling = SamplingOptions.Greedy, MaxTokens = 30 };
        var (expected, _) = await Run(other, options);
        var known = expected.Select(s => s.Id).ToArray();
        var oracle = new GuessingStrategy(history => known[(history.Length - Prompt.Length)..]); // drafts the rest of the answer

        var left = session.GenerateAsync(Prompt, options with { Strategy = oracle }, Token);
        await foreach (var step in left)
        {
            if (step.Position == Prompt.Length + 6) break;
        }

        left.Report.Passes.ShouldBe(1);
        session.Cached.ToArray().ShouldBe([.. Prompt, .. known[..6]]); // the path up to the token that was read last
        var (steps, _) = await Run(session, options);
        steps.Select(s => s.Id).ShouldBe(known);
    }

    [Fact]
    public async Task MemoryLastsFromAnswerToAnswerUntilAnotherStrategyOrAReset()
    {
        var (first, second) = (new Counting(), new Counting());
        using var session = new Session(Decoder());
        async Task<int> Answers(Counting strategy)
        {
            await Run(session, new GenerationOptions { Strategy = strategy });
            return strategy.Seen;
        }

        (await Answers(first)).ShouldBe(1);
        (await Answers(first)).ShouldBe(2);
        (await Answers(second)).ShouldBe(1);
        (await Answers(first)).ShouldBe(1);
        session.Reset();
        (await Answers(first)).ShouldBe(1);
    }

    [Fact]
    public async Task ATokenThatTheStrategySettledOnCarriesBothDistributions()
    {
        using var session = new Session(Decoder());
        var (steps, _) = await Run(session, new GenerationOptions { Strategy = new Counting(), Sampling = new() { TopK = 1 } });
        steps[0].Id.ShouldBe(39);
        steps[0].Origin.ShouldBe(TokenOrigin.Accepted);
        steps[0].Raw.LogProbability.ShouldBeLessThan(0);
        steps[0].Processed.LogProbability.ShouldBe(double.NegativeInfinity);
    }

    // One token and out; remembers how many answers of the session it has seen.
    private sealed class Counting : Strategy
    {
        public int Seen { get; private set; }

        public override string Name => "counting";

        public override async IAsyncEnumerable<TokenStep> RunAsync(StrategyContext context, [EnumeratorCancellation] CancellationToken cancellation)
        {
            var memory = context.Memory(this, () => new List<int>());
            memory.Add(0);
            Seen = memory.Count;
            await Task.CompletedTask;
            yield return context.Take(context.Logits.Span, 39, TokenOrigin.Accepted);
        }
    }
}
