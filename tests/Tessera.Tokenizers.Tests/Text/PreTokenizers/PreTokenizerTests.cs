namespace Tessera.Tokenizers.Tests.Text.PreTokenizers;

public sealed class PreTokenizerTests
{
    private static IEnumerable<string> Pieces(string preTokenizer, string text) =>
        TinyTokenizers.Of("""{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0]]}""", preTokenizer: preTokenizer).EncodeToTokens(text).Select(static t => t.Value);

    [Theory]
    [InlineData("Removed", "the|final|countdown")]
    [InlineData("Isolated", "the|-|final|-|-|countdown")]
    [InlineData("Contiguous", "the|-|final|--|countdown")]
    [InlineData("MergedWithPrevious", "the-|final-|-|countdown")]
    [InlineData("MergedWithNext", "the|-final|-|-countdown")]
    public void MatchesAreTreatedByTheBehaviour(string behavior, string pieces) =>
        Pieces($$"""{"type":"Split","pattern":{"String":"-"},"behavior":"{{behavior}}","invert":false}""", "the-final--countdown").ShouldBe(pieces.Split('|'));

    [Theory]
    [InlineData("""{"type":"Whitespace"}""", "a.b  c_d!?", "a|.|b|c_d|!?")]
    [InlineData("""{"type":"BertPreTokenizer"}""", "a€b, c", "a€b|,|c")]
    [InlineData("""{"type":"Digits","individual_digits":true}""", "a12½", "a|1|2|½")]
    [InlineData("""{"type":"Digits","individual_digits":false}""", "a12½b", "a|12½|b")]
    [InlineData("""{"type":"Punctuation"}""", "a$b。", "a|$|b|。")]
    [InlineData("""{"type":"FixedLength","length":2}""", "aé😀b", "aé|😀b")]
    [InlineData("""{"type":"UnicodeScripts"}""", "abcひらカナ漢字どе", "abc|ひらカナ漢字ど|е")]
    [InlineData("""{"type":"CharDelimiterSplit","delimiter":","}""", "a,,b", "a|b")]
    [InlineData("""{"type":"Metaspace","replacement":"_","prepend_scheme":"always"}""", "a  b", "_a|_|_b")]
    [InlineData("""{"type":"Metaspace","replacement":"_","add_prefix_space":false}""", "a b", "a|_b")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true}""", "a é", "Ġa|ĠÃ©")]
    public void CutsByItsRule(string preTokenizer, string text, string pieces) => Pieces(preTokenizer, text).ShouldBe(pieces.Split('|'));

    [Fact]
    public void TheFirstPieceAloneGetsTheMarkerWhereTheSchemeSaysSo()
    {
        var tokenizer = TinyTokenizers.Of(
            TinyTokenizers.WordLevel("[UNK]", "_a", "a", "<s>"), preTokenizer: """{"type":"Metaspace","replacement":"_","prepend_scheme":"first"}""", addedTokens: $"[{TinyTokenizers.Added(3, "<s>")}]");
        tokenizer.EncodeToIds("a<s>a").ShouldBe([1, 3, 2]);
        tokenizer.EncodeToTokens("<s>a").Select(static t => t.Id).ShouldBe([3, 2]);
    }
}
