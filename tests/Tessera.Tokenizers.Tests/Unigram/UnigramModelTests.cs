namespace Tessera.Tokenizers.Tests.Unigram;

public sealed class UnigramModelTests
{
    private static readonly Tokenizer s_tokenizer = TinyTokenizers.Of(
        """{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["▁",-2],["a",-3],["b",-3.5],["ab",-4],["▁ab",-5.5],["c",-6],["abc",-9]]}""",
        normalizer: """{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}""");

    [Theory]
    [InlineData("abc", "▁|abc")] // −11 against −11.5
    [InlineData("abxyb", "▁ab|xy|b")]
    [InlineData("ba ab", "▁|b|a|▁ab")]
    public void TheBestSumWins(string text, string pieces) => s_tokenizer.EncodeToTokens(text).Select(static t => t.Value).ShouldBe(pieces.Split('|'));

    [Fact]
    public void NeighbouringUnknownsAreOneToken() => s_tokenizer.EncodeToTokens("abxyb")[1].ShouldBe(new EncodedToken(0, "xy", 2..4));

    [Fact]
    public void WithoutAnUnknownTokenUnknownTextIsAnError() =>
        Should.Throw<MalformedInputException>(static () => TinyTokenizers.Of("""{"type":"Unigram","unk_id":null,"vocab":[["a",-1]]}""").EncodeToIds("b"));
}
