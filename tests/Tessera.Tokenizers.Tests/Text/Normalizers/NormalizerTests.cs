namespace Tessera.Tokenizers.Tests.Text.Normalizers;

public sealed class NormalizerTests
{
    private static string Normalize(string normalizer, string text)
    {
        // A tokenizer that knows no word shows the normalised text as what it does not know.
        var tokenizer = TinyTokenizers.Of("""{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0]]}""", normalizer);
        return string.Concat(tokenizer.EncodeToTokens(text).Select(static t => t.Value));
    }

    [Theory]
    [InlineData("NFC", "e\u0301 \u1100\u1161\u11A8", "\u00E9 \uAC01")]
    [InlineData("NFD", "\u00E9\uAC01", "e\u0301\u1100\u1161\u11A8")]
    [InlineData("NFKC", "ﬁ①\u00BD", "fi11\u20442")]
    [InlineData("NFKD", "ﷺ", "صلى الله عليه وسلم")]
    [InlineData("Lowercase", "İSTANBUL ΣΑΣ", "i\u0307stanbul σασ")]
    [InlineData("StripAccents", "e\u0301\u00E9", "e\u00E9")]
    [InlineData("Nmt", "a\u200Bb\u0001", "a b")]
    public void ByName(string type, string text, string normalised) => Normalize($$"""{"type":"{{type}}"}""", text).ShouldBe(normalised);

    [Theory]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":false}""", " a ", "a ")]
    [InlineData("""{"type":"Prepend","prepend":"_"}""", "a", "_a")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":"a+"},"content":"$0"}""", "baab", "b$0b")]
    [InlineData("""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""", "É\t中\u200D\u0007x", "e  中 x")]
    [InlineData("""{"type":"ByteLevel"}""", "a é", "aĠÃ©")]
    public void BySettings(string normalizer, string text, string normalised) => Normalize(normalizer, text).ShouldBe(normalised);

    [Fact]
    public void OffsetsLeadBackToTheSource()
    {
        var tokenizer = TinyTokenizers.Of(TinyTokenizers.WordLevel("[UNK]", "fi", "x"), normalizer: """{"type":"NFKC"}""", preTokenizer: """{"type":"WhitespaceSplit"}""");
        tokenizer.EncodeToTokens("😀 ﬁ x").Select(static t => t.Offset).ShouldBe([0..2, 3..4, 5..6]);
    }

    [Fact]
    public void ANormalizerThatMultipliesItsTextIsStopped()
    {
        var doubling = string.Join(',', Enumerable.Repeat("""{"type":"Replace","pattern":{"String":"a"},"content":"aa"}""", 50));
        Should.Throw<ResourceLimitException>(() => Normalize($$"""{"type":"Sequence","normalizers":[{{doubling}}]}""", "a"));
    }

    [Fact]
    public void ALongHeapOfMarksIsOrderedQuickly()
    {
        var text = "a" + string.Concat(Enumerable.Repeat("\u0301\u0323", 50_000));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Normalize("""{"type":"NFD"}""", text).ShouldStartWith("a\u0323\u0323");
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }
}
