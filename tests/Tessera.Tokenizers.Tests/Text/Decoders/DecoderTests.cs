namespace Tessera.Tokenizers.Tests.Text.Decoders;

public sealed class DecoderTests
{
    private static string Decode(string decoder, string tokens)
    {
        var words = tokens.Split('|');
        var distinct = words.Distinct().ToList();
        return TinyTokenizers.Of(TinyTokenizers.WordLevel([.. distinct]), decoder: decoder).Decode(words.Select(w => distinct.IndexOf(w)));
    }

    [Theory]
    [InlineData("""{"type":"ByteFallback"}""", "a|<0xE2>|<0x82>|<0xAC>|<0xE2>|b", "a\uFFFD\uFFFD\uFFFD\uFFFDb")]
    [InlineData("""{"type":"ByteFallback"}""", "<0xE2>|<0x82>|<0xAC>", "€")]
    [InlineData("""{"type":"CTC","pad_token":"pad","word_delimiter_token":"/","cleanup":true}""", "pad|pad|h|e|e|l|l|pad|l|o|o|o|pad|/|a", "hello a")]
    [InlineData("""{"type":"WordPiece","prefix":"##","cleanup":true}""", "do|n't|,|##ing|it|'|s|!", "don't,ing it ' s!")]
    [InlineData("""{"type":"Strip","content":"x","start":1,"stop":1}""", "x|xax", "a")]
    [InlineData("""{"type":"BPEDecoder","suffix":"</w>"}""", "he|llo</w>|you</w>", "hello you")]
    [InlineData("""{"type":"Metaspace","replacement":"_","prepend_scheme":"always"}""", "_a|_b", "a b")]
    [InlineData("null", "a|b", "a b")]
    public void DecodesByItsRule(string decoder, string tokens, string text) => Decode(decoder, tokens).ShouldBe(text);
}
