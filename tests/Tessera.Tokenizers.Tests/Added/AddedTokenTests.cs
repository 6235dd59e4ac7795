namespace Tessera.Tokenizers.Tests.Added;

public sealed class AddedTokenTests
{
    private static Tokenizer With(string added) => TinyTokenizers.Of(
        TinyTokenizers.WordLevel("[UNK]", "a", "b"), normalizer: """{"type":"Lowercase"}""", preTokenizer: """{"type":"WhitespaceSplit"}""", addedTokens: $"[{added}]");

    private static IEnumerable<Range> Spans(Tokenizer tokenizer, string text) => tokenizer.EncodeToTokens(text).Where(static t => t.Id == 3).Select(static t => t.Offset);

    [Fact]
    public void BlanksBeforeBelongToALeftStrippingToken() => Spans(With(TinyTokenizers.Added(3, "TOK", left: true)), "a  TOK b").ShouldBe([1..6]);

    [Fact]
    public void BlanksBehindBelongToARightStrippingToken() => Spans(With(TinyTokenizers.Added(3, "TOK", right: true)), "a TOK  b").ShouldBe([2..7]);

    [Fact]
    public void BlanksBelongToOneTokenOnly() => Spans(With(TinyTokenizers.Added(3, "TOK", left: true, right: true)), "a  TOK  TOK b").ShouldBe([1..8, 8..12]);

    [Fact]
    public void NormalizedTokensMatchWhatIsNormalisedAlike() => Spans(With(TinyTokenizers.Added(3, "TOK", normalized: true)), "tok TOK").ShouldBe([0..3, 4..7]);

    [Fact]
    public void OtherTokensMatchAsTheyStand() => Spans(With(TinyTokenizers.Added(3, "TOK")), "tok TOK").ShouldBe([4..7]);

    [Fact]
    public void ASingleWordTouchesNoWordCharacter() => Spans(With(TinyTokenizers.Added(3, "TOK", singleWord: true)), "aTOKb TOK, TOK").ShouldBe([6..9, 11..14]);

    [Fact]
    public void LeftmostAndOfThoseTheLongestMatches()
    {
        var tokenizer = With(string.Join(',', TinyTokenizers.Added(3, "<x"), TinyTokenizers.Added(4, "<xy>"), TinyTokenizers.Added(5, "y>")));
        tokenizer.EncodeToTokens("a<xy>b<xb y>").Where(static t => t.Id >= 3).Select(static t => t.Value).ShouldBe(["<xy>", "<x", "y>"]);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void OfEqualContentsTheLastCountsWhereverItIsLookedFor(bool first, bool second)
    {
        AddedToken[] tokens = [new(5, "Xy") { Normalized = first }, new(6, "Z"), new(7, "Q") { Normalized = true }, new(8, "Xy") { Normalized = second }];
        var tokenizer = new Tokenizer(TinyTokenizers.Of(TinyTokenizers.WordLevel("[UNK]", "a"), normalizer: """{"type":"Lowercase"}""").Parts with { AddedTokens = tokens });
        tokenizer.EncodeToIds("XyZQ").ShouldBe([8, 6, 7]);
        tokenizer.EncodeToIds("xy").ShouldBe([second ? 8 : 0]);
        tokenizer.TokenToId("Xy").ShouldBe(8);
        tokenizer.VocabularySize.ShouldBe(9);
    }
}
