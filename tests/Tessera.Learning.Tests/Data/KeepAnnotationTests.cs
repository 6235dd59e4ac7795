using Tessera.Learning.Data;

namespace Tessera.Learning.Tests.Data;

public sealed class KeepAnnotationTests
{
    private static readonly string[] s_words = ["the", "cat", "sat", "on", "the", "mat"];

    [Theory]
    [InlineData("cat on mat", "010101", 0, 0.5, 0.5)]
    [InlineData("the the the", "100010", 0, 0.5, 2.0 / 6)]
    [InlineData("dog", "000000", 1, 0, 0)]
    [InlineData("MAT The", "000011", 0, 2.0 / 6, 2.0 / 6)] // the nearest one, backwards
    [InlineData("", "000000", 1, 0, 0)]
    public void EachWordOfTheCompressionIsFoundFromTheLastOneOn(string compressed, string labels, double variation, double hitting, double matching)
    {
        var pair = KeepAnnotation.Annotate(s_words, compressed.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        string.Concat(pair.Labels.Select(static l => l ? '1' : '0')).ShouldBe(labels);
        pair.Quality.VariationRate.ShouldBe(variation, 1e-12);
        pair.Quality.HittingRate.ShouldBe(hitting, 1e-12);
        pair.Quality.MatchingRate.ShouldBe(matching, 1e-12);
        pair.Quality.AlignmentGap.ShouldBe(hitting - matching, 1e-12);
    }

    [Fact]
    public void WordsAreEqualAsTheCallerSays() =>
        KeepAnnotation.Annotate(["cats", "sat"], ["cat"], equal: static (a, b) => a.TrimEnd('s') == b.TrimEnd('s')).Labels.ShouldBe([true, false]);

    [Fact]
    public void BeyondTheWindowNothingIsFound()
    {
        string[] words = [.. Enumerable.Repeat("x", 20), "y"];
        KeepAnnotation.Annotate(words, ["y"], window: 10).Labels.ShouldAllBe(static l => !l);
        KeepAnnotation.Annotate(words, ["y"], window: 21).Labels[20].ShouldBeTrue();
        Should.Throw<ArgumentOutOfRangeException>(() => KeepAnnotation.Annotate(words, ["y"], window: 0));
    }

    [Fact]
    public void ATextWithoutWordsHasNothingToLabel()
    {
        KeepAnnotation.Annotate([], ["a"]).Labels.ShouldBeEmpty();
        KeepAnnotation.Filter([], out var threshold).ShouldBeEmpty();
        threshold.ShouldBe(0);
    }

    [Fact]
    public void PairsOfHighVariationGoAndThenThoseOfWideGaps()
    {
        var quality = Enumerable.Range(0, 20).Select(static i => new AnnotationQuality(0.5, i / 20.0, 0, 0) { AlignmentGap = i == 3 ? 0.9 : 0.1 + i / 1000.0 }).ToList();
        var kept = KeepAnnotation.Filter(quality, out var threshold);
        threshold.ShouldBe(0.855, 1e-12);
        kept.ShouldNotContain(18);
        kept.ShouldNotContain(19);
        kept.ShouldNotContain(3);
        kept.ShouldContain(0);
    }
}
