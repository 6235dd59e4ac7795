using System.Text;
using Tessera.Models;

namespace Tessera.Generation.Tests.Sessions;

public class SessionTests
{
    private static readonly ByteVocabulary Vocabulary = new("hello", "llo w", "orld", "<end>");
    private static readonly int[] Prompt = ByteVocabulary.Ids("Say:");
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static GenerationOptions Greedy(params string[] stops) =>
        new() { Sampling = SamplingOptions.Greedy, StopIds = [Vocabulary.Control], StopStrings = stops };

    private static async Task<(List<TokenStep> Steps, Generation Run)> Run(Session session, int[] prompt, GenerationOptions options)
    {
        var run = session.GenerateAsync(prompt, options);
        var steps = new List<TokenStep>();
        await foreach (var step in run.WithCancellation(Token))
            steps.Add(step);
        return (steps, run);
    }

    private static Task<(List<TokenStep> Steps, Generation Run)> Say(string text, GenerationOptions options) => Say(ByteVocabulary.Ids(text), options);

    private static async Task<(List<TokenStep> Steps, Generation Run)> Say(int[] script, GenerationOptions options)
    {
        using var session = new Session(Vocabulary.Saying(Prompt.Length, script), Vocabulary);
        return await Run(session, Prompt, options);
    }

    [Fact]
    public async Task AnAnswerIsTheTextUpToTheEndToken()
    {
        var (steps, run) = await Say("hi you", Greedy());

        run.Text.ShouldBe("hi you");
        run.Stop.ShouldBe(StopReason.EndOfText);
        run.PromptTokens.ShouldBe(4);
        run.CachedTokens.ShouldBe(0);
        run.GeneratedTokens.ShouldBe(7);
        steps.Select(s => s.Position).ShouldBe(Enumerable.Range(4, 7));
        steps[^1].Stop.ShouldBe(StopReason.EndOfText);
        steps[^1].Text.ShouldBe("");
        Encoding.UTF8.GetString(steps[^1].Bytes.Span).ShouldBe("<end>");
        steps[..^1].ShouldAllBe(s => s.Stop == null && s.Text.Length == 1);
    }

    [Fact]
    public async Task StepsCarryBothDistributionsAndTheAlternatives()
    {
        var options = Greedy() with { TopAlternatives = 3, MaxTokens = 1 };
        var (steps, _) = await Say("x", options with { Sampling = new SamplingOptions { TopK = 1 } });

        var row = new float[Vocabulary.Size];
        row['x'] = 20;
        steps[0].Raw.ShouldBe(TokenStatistics.Compute(row, 'x'));
        steps[0].RawAlternatives.Select(a => a.Id).ShouldBe(['x', 0, 1]);
        steps[0].Processed.LogProbability.ShouldBe(0);
        steps[0].ProcessedAlternatives.Select(a => a.Id).ShouldBe(['x']);
        steps[0].Origin.ShouldBe(TokenOrigin.Sampled);
    }

    [Theory]
    [InlineData("abcSTOPdef", "STOP", "abc")]
    [InlineData("abcSTOSTOPdef", "STOP", "abcSTO")]
    [InlineData("aaab", "aab", "a")]
    [InlineData("STOP", "STOP", "")]
    [InlineData("naïve é!", "é", "naïve ")]
    public async Task AStopStringEndsTheAnswerBeforeIt(string text, string stop, string expected)
    {
        var (steps, run) = await Say(text, Greedy(stop));

        run.Text.ShouldBe(expected);
        run.Stop.ShouldBe(StopReason.StopString);
        string.Concat(steps.Select(s => s.Text)).ShouldBe(expected);
    }

    [Fact]
    public async Task AStopStringIsFoundAcrossAndWithinTokens()
    {
        // "he|llo w|orld": the stop string lies across all borders, and begins and ends inside tokens.
        var (_, run) = await Say([.. ByteVocabulary.Ids("oh he"), 257, 258], Greedy("ello wor"));
        run.Text.ShouldBe("oh h");
        run.Stop.ShouldBe(StopReason.StopString);

        (_, run) = await Say([256], Greedy("el"));
        run.Text.ShouldBe("h");
        run.GeneratedTokens.ShouldBe(1);
    }

    [Fact]
    public async Task WhatOnlyLookedLikeAStopStringIsHeldBackAndThenReleased()
    {
        var (steps, run) = await Say("xSTx", Greedy("STOP"));
        steps.Select(s => s.Text).ShouldBe(["x", "", "", "STx", ""]);

        (steps, run) = await Say("xST", Greedy("STOP"));
        run.Text.ShouldBe("xST"); // the end token says that nothing more comes
        run.Stop.ShouldBe(StopReason.EndOfText);
    }

    [Fact]
    public async Task OfSeveralStopStringsTheFirstToEndCountsAndThenTheLongest()
    {
        (await Say("abcd", Greedy("bcd", "bc"))).Run.Text.ShouldBe("a");
        (await Say("abcd", Greedy("d", "bcd", "cd"))).Run.Text.ShouldBe("a");
    }

    [Fact]
    public async Task TextComesInWholeCharacters()
    {
        var (steps, run) = await Say("é😀", Greedy());
        steps.Select(s => s.Text).ShouldBe(["", "é", "", "", "", "😀", ""]);
        run.Text.ShouldBe("é😀");

        (steps, _) = await Say([0xC3, 'x', 0xF0, 0x9F], Greedy());
        string.Concat(steps.Select(s => s.Text)).ShouldBe("\uFFFDx\uFFFD");
        steps.Take(4).Select(s => s.Bytes.Length).ShouldBe([1, 1, 1, 1]); // the bytes tell the truth
    }

    [Fact]
    public async Task ControlTokensAreShownOnRequestOnly()
    {
        var options = Greedy() with { StopIds = [], MaxTokens = 3 };
        (await Say("a", options)).Run.Text.ShouldBe("a");
        (await Say("a", options with { ShowControlTokens = true })).Run.Text.ShouldBe("a<end><end>");
    }

    [Fact]
    public async Task TheLimitOnTokensEndsTheAnswer()
    {
        var (steps, run) = await Say("abcdef", Greedy("cX") with { MaxTokens = 3 });
        run.Text.ShouldBe("abc"); // the c that was held back is text after all
        run.Stop.ShouldBe(StopReason.MaxTokens);
        steps.Count.ShouldBe(3);
    }

    [Fact]
    public async Task TheEndTokenIsHeldOffUntilTheLeastLength()
    {
        var (steps, run) = await Say("ab", Greedy() with { MinTokens = 4 });
        steps.Count.ShouldBe(5); // a, b and two others before the end token may come
        run.Stop.ShouldBe(StopReason.EndOfText);
    }

    [Fact]
    public async Task AFullContextEndsTheAnswerAndAPromptThatFillsItIsRefused()
    {
        using var session = new Session(Vocabulary.Saying(Prompt.Length, ByteVocabulary.Ids("abcdef"), contextLength: 7), Vocabulary);
        var (steps, run) = await Run(session, Prompt, Greedy());
        run.Text.ShouldBe("abc");
        run.Stop.ShouldBe(StopReason.ContextFull);
        run.Tokens.Length.ShouldBe(7);
        session.Cached.Length.ShouldBe(6); // the last token was never run

        Should.Throw<ResourceLimitException>(() => session.GenerateAsync(new int[7])).Needed.ShouldBe(8);
    }

    [Fact]
    public async Task TheSecondTurnRunsOnlyWhatIsNew()
    {
        var decoder = Vocabulary.Saying(Prompt.Length, ByteVocabulary.Ids("abc"));
        using var session = new Session(decoder, Vocabulary);
        var (_, first) = await Run(session, Prompt, Greedy());
        decoder.TokensRun.ShouldBe(4 + 3); // the end token was chosen, not run

        int[] second = [.. first.Tokens, .. ByteVocabulary.Ids("more")];
        var (_, run) = await Run(session, second, Greedy() with { MaxTokens = 1 });

        run.PromptTokens.ShouldBe(12);
        run.CachedTokens.ShouldBe(7);
        decoder.TokensRun.ShouldBe(7 + 5);
    }

    [Fact]
    public async Task AnEditedPromptKeepsWhatAgreesAndTheSamePromptRunsItsLastToken()
    {
        var decoder = Vocabulary.Saying(Prompt.Length, ByteVocabulary.Ids("abc"));
        using var session = new Session(decoder, Vocabulary);
        var (firstSteps, _) = await Run(session, Prompt, Greedy());

        var (steps, again) = await Run(session, Prompt, Greedy());
        again.CachedTokens.ShouldBe(3);
        steps.Select(s => s.Id).ShouldBe(firstSteps.Select(s => s.Id));

        (_, again) = await Run(session, ByteVocabulary.Ids("Sag:"), Greedy());
        again.CachedTokens.ShouldBe(2);
        session.Cached[..4].ToArray().ShouldBe(ByteVocabulary.Ids("Sag:"));

        session.Reset();
        session.Cached.Length.ShouldBe(0);
    }

    [Fact]
    public async Task WhatWasChosenDoesNotDependOnTheCache()
    {
        var decoder = new FakeDecoder(50, 300, (history, row) =>
        {
            for (var i = 0; i < row.Length; i++)
                row[i] = (float)(3 * new RandomKey((ulong)history[^1], 0, (uint)i, RandomPurpose.Initialise).Normal());
        });
        var options = new GenerationOptions { Sampling = new SamplingOptions { Seed = 5, RepetitionPenalty = 1.2 }, MaxTokens = 30 };
        using var warm = new Session(decoder);
        using var cold = new Session(decoder);
        var (_, first) = await Run(warm, [1, 2, 3], options);
        int[] prompt = [.. first.Tokens[..20], 7];

        var (fromWarm, run) = await Run(warm, prompt, options);
        var (fromCold, _) = await Run(cold, prompt, options);

        run.CachedTokens.ShouldBe(20);
        fromWarm.Select(s => s.Id).ShouldBe(fromCold.Select(s => s.Id));
        fromWarm.Select(s => s.Raw).ShouldBe(fromCold.Select(s => s.Raw));
    }

    [Fact]
    public async Task ReadingStepByStepRunsNothingAhead()
    {
        var decoder = Vocabulary.Saying(Prompt.Length, ByteVocabulary.Ids("abcdef"));
        using var session = new Session(decoder, Vocabulary);
        var run = session.GenerateAsync(Prompt, Greedy(), Token);
        decoder.TokensRun.ShouldBe(0);

        await using var steps = run.GetAsyncEnumerator(Token);
        await steps.MoveNextAsync();
        decoder.TokensRun.ShouldBe(4);
        await steps.MoveNextAsync();
        decoder.TokensRun.ShouldBe(5);
    }

    [Fact]
    public async Task LeavingEarlyLeavesTheSessionUsable()
    {
        using var session = new Session(Vocabulary.Saying(Prompt.Length, ByteVocabulary.Ids("abcdef")), Vocabulary);
        var run = session.GenerateAsync(Prompt, Greedy(), Token);
        await foreach (var step in run.WithCancellation(Token))
        {
            if (step.Position == 5)
                break;
        }

        run.Stop.ShouldBe(StopReason.Cancelled);
        run.Text.ShouldBe("ab");
        (await Run(session, Prompt, Greedy())).Run.Text.ShouldBe("abcdef");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CancellationEndsTheAnswerAndLeavesTheSessionUsable(bool fromTheStart)
    {
        using var session = new Session(Vocabulary.Saying(Prompt.Length, ByteVocabulary.Ids("abcdef")), Vocabulary);
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var run = session.GenerateAsync(Prompt, Greedy(), source.Token);
        if (fromTheStart)
            await source.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var step in run)
                await source.CancelAsync();
        });

        run.Stop.ShouldBe(StopReason.Cancelled);
        run.GeneratedTokens.ShouldBe(fromTheStart ? 0 : 1);
        (await Run(session, Prompt, Greedy())).Run.Text.ShouldBe("abcdef");
    }

    [Fact]
    public async Task EitherOfTwoCancellationTokensWorks()
    {
        foreach (var first in new[] { true, false })
        {
            using var session = new Session(Vocabulary.Saying(Prompt.Length, ByteVocabulary.Ids("abc")), Vocabulary);
            using var a = CancellationTokenSource.CreateLinkedTokenSource(Token);
            using var b = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var run = session.GenerateAsync(Prompt, Greedy(), a.Token);
            await (first ? a : b).CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => run.ToTextAsync(b.Token));
        }
    }

    [Fact]
    public async Task OneGenerationRunsAtATime()
    {
        using var session = new Session(Vocabulary.Saying(Prompt.Length, ByteVocabulary.Ids("abc")), Vocabulary);
        var run = session.GenerateAsync(Prompt, Greedy(), Token);
        await using (var steps = run.GetAsyncEnumerator(Token))
        {
            await steps.MoveNextAsync();
            await Should.ThrowAsync<InvalidOperationException>(() => session.GenerateAsync(Prompt, Greedy()).ToTextAsync(Token));
            Should.Throw<InvalidOperationException>(session.Fork);
            Should.Throw<InvalidOperationException>(session.Reset);
        }

        Should.Throw<InvalidOperationException>(() => run.GetAsyncEnumerator(Token)).Message.ShouldContain("once");
    }

    [Fact]
    public async Task AForkGoesItsOwnWay()
    {
        var decoder = Vocabulary.Saying(Prompt.Length, ByteVocabulary.Ids("abc"));
        using var session = new Session(decoder, Vocabulary);
        await Run(session, Prompt, Greedy());
        using var fork = session.Fork();

        await Run(fork, ByteVocabulary.Ids("Sag:"), Greedy());

        session.Cached[..4].ToArray().ShouldBe(Prompt);
        fork.Cached[..4].ToArray().ShouldBe(ByteVocabulary.Ids("Sag:"));
    }

    [Fact]
    public async Task AFaultOfTheModelNamesThePositionAndLeavesTheSessionUsable()
    {
        var broken = true;
        var decoder = new FakeDecoder(10, 100, (history, row) => row[3] = broken && history.Length == 6 ? float.NaN : 5);
        using var session = new Session(decoder);
        var options = new GenerationOptions { Sampling = SamplingOptions.Greedy, MaxTokens = 10 };

        (await Should.ThrowAsync<LogitsException>(() => session.GenerateAsync([1, 2, 3, 4], options).ToTextAsync(Token))).Position.ShouldBe(6);

        broken = false;
        var (steps, run) = await Run(session, [1, 2, 3, 4], options);
        steps.Count.ShouldBe(10);
        run.CachedTokens.ShouldBe(3);
    }

    [Fact]
    public async Task AStateThatCannotGoBackIsBuiltAgain()
    {
        var decoder = new ForwardOnly(new FakeDecoder(10, 100, (_, row) => row[3] = 5));
        using var session = new Session(decoder);
        var options = new GenerationOptions { Sampling = SamplingOptions.Greedy, MaxTokens = 2 };
        var (_, run) = await Run(session, [1, 2, 3], options);
        (_, run) = await Run(session, [.. run.Tokens, 4], options);
        run.CachedTokens.ShouldBe(4); // going on needs no way back
        (_, run) = await Run(session, [1, 2, 5], options);
        run.CachedTokens.ShouldBe(0);
        decoder.Sequences.ShouldBe(2);
    }

    [Fact]
    public void AStrategyThatRunsTreesIsRefusedByNameWhereThereAreNone()
    {
        using var session = new Session(new ForwardOnly(new FakeDecoder(10, 100, (_, row) => row[3] = 5)));
        var options = new GenerationOptions { Strategy = new Strategies.GuessingStrategy(_ => []) };
        Should.Throw<UnsupportedFeatureException>(() => session.GenerateAsync([1], options)).Message.ShouldContain("guessing");
    }

    [Fact]
    public void WrongCallsAreArgumentErrors()
    {
        using var session = new Session(new FakeDecoder(10, 20, (_, _) => { }));
        Should.Throw<ArgumentException>(() => session.GenerateAsync([])).Message.ShouldContain("at least one token");
        Should.Throw<ArgumentOutOfRangeException>(() => session.GenerateAsync([10])).Message.ShouldContain("Token 10");
        Should.Throw<ArgumentOutOfRangeException>(() => session.GenerateAsync([-1]));
        Should.Throw<ArgumentException>(() => session.GenerateAsync([1], new GenerationOptions { StopStrings = ["x"] }));
        Should.Throw<ArgumentException>(() => new GenerationOptions { StopStrings = [""] });
        Should.Throw<ArgumentOutOfRangeException>(() => new GenerationOptions { MaxTokens = 0 }).ParamName.ShouldBe("MaxTokens");
        Should.Throw<ArgumentOutOfRangeException>(() => new GenerationOptions { TopAlternatives = -1 }).ParamName.ShouldBe("TopAlternatives");
        session.Dispose();
        Should.Throw<ObjectDisposedException>(() => session.GenerateAsync([1]));
    }

    private sealed class ForwardOnly(IDecoder inner) : IDecoder
    {
        public int Sequences { get; private set; }

        public int VocabularySize => inner.VocabularySize;

        public int ContextLength => inner.ContextLength;

        public IDecoderSequence NewSequence()
        {
            Sequences++;
            return new Sequence(inner.NewSequence());
        }

        private sealed class Sequence(IDecoderSequence inner) : IDecoderSequence
        {
            public ReadOnlySpan<int> Tokens => inner.Tokens;

            public ValueTask<ReadOnlyMemory<float>> RunAsync(ReadOnlyMemory<int> tokens, CancellationToken cancellation = default) =>
                inner.RunAsync(tokens, cancellation);

            public void Truncate(int length) => throw new NotSupportedException("A recurrent state cannot go back.");

            public IDecoderSequence Fork() => new Sequence(inner.Fork());

            public void Dispose() => inner.Dispose();
        }
    }
}
