using Tessera.Context.Compression;

namespace Tessera.Context.Tests.Compression;

public sealed class WordSelectionTests
{
    [Fact]
    public void TheWorkedExampleKeepsTheFirstAndTheLastWord()
    {
        var thresholds = new List<CompressionThreshold>();
        var words = Words(0.9f, 0.1f, 0.6f, 0.2f, 0.8f);
        WordSelection.Select(words, 0.5, new LlmLingua2Options(), thresholds);
        words.Select(static w => w.Kept).ShouldBe([true, false, false, false, true]);
        thresholds.Single().ShouldSatisfyAllConditions(
            static t => t.Percentile.ShouldBe(51), static t => t.Value.ShouldBe(0.608, 1e-7), static t => t.Values.ShouldBe(5), static t => t.Margin.ShouldBe(0.008, 1e-7));
    }

    [Theory]
    [InlineData(0.7, 31)]
    [InlineData(0.2, 81)]
    [InlineData(0.33, 68)]
    [InlineData(0.93, 7)] // 100 · (1 − 0.93) + 1 is 7.99…
    [InlineData(0.001, 100)]
    public void ThePercentileIsThePackages(double rate, int percentile)
    {
        var thresholds = new List<CompressionThreshold>();
        WordSelection.Select(Words(0.5f, 0.25f), 1 - rate, new LlmLingua2Options { Rate = rate }, thresholds);
        thresholds.Single().Percentile.ShouldBe(percentile);
    }

    [Fact]
    public void AWordVotesOnceForEachOfItsTokens()
    {
        var words = Words(0.1f, 0.2f, 0.9f);
        words[2].Weight = 8;
        var thresholds = new List<CompressionThreshold>();
        WordSelection.Select(words, 0.5, new LlmLingua2Options(), thresholds);
        thresholds.Single().ShouldBe(new CompressionThreshold(10, 51, 0.9f, 0.9f - (double)0.2f));
        words.ShouldAllBe(static w => !w.Kept); // a tie with the threshold is no win
    }

    [Fact]
    public void WhereEveryWordIsForcedEveryWordStays()
    {
        var words = new List<PromptWord> { new("a", 0.1f, isSet: true) { Weight = 1 }, new("b", 0.1f, isSet: true) { Weight = 1 } };
        WordSelection.Select(words, 0.99, new LlmLingua2Options(), []);
        words.ShouldAllBe(static w => w.Kept);
    }

    [Fact]
    public void WordsWithoutTokensHaveNoVoteAndNoWordsNoThreshold()
    {
        var thresholds = new List<CompressionThreshold>();
        WordSelection.Select([], 0.5, new LlmLingua2Options { DropConsecutive = true }, thresholds);
        var silent = Words(0.5f);
        silent[0].Weight = 0;
        WordSelection.Select(silent, 0.5, new LlmLingua2Options(), thresholds);
        thresholds.ShouldBeEmpty();
    }

    private static List<PromptWord> Words(params float[] probabilities) =>
        [.. probabilities.Select(static (p, i) => new PromptWord(((char)('a' + i)).ToString(), p, isSet: false) { Weight = 1 })];
}
