using System.Text;

namespace Tessera.Tokenizers.Tests;

public sealed class TokenizerTests
{
    private const string Whitespace = """{"type":"WhitespaceSplit"}""";

    [Fact]
    public void ByteLevelDecodesWhatItEncoded()
    {
        var tokenizer = TinyTokenizers.ByteLevel(("t", "h"), ("Ġ", "th"));
        foreach (var text in (string[])["", " ", "the  then\r\n\tth", "é\u0301中😀\u200D", "\0\uFFFD\u0085"])
        {
            tokenizer.Decode(tokenizer.EncodeToIds(text)).ShouldBe(text);
            tokenizer.EncodeToIds(Encoding.UTF8.GetBytes(text)).ShouldBe(tokenizer.EncodeToIds(text));
            tokenizer.CountTokens(text).ShouldBe(tokenizer.EncodeToIds(text).Length);
        }
    }

    [Fact]
    public void ALoneSurrogateCountsAsTheReplacementCharacter()
    {
        var tokenizer = TinyTokenizers.ByteLevel();
        tokenizer.EncodeToIds("a\uD800b").ShouldBe(tokenizer.EncodeToIds("a\uFFFDb"));
        tokenizer.EncodeToIds([(byte)'a', 0xFF, (byte)'b']).ShouldBe(tokenizer.EncodeToIds("a\uFFFDb"));
    }

    /// <summary>Room for a long text is counted, and lone surrogates count as what they become.</summary>
    [Theory]
    [InlineData("ab")]
    [InlineData("中é")]
    [InlineData("a\uD800")]
    [InlineData("\uDC00\uD83D\uDE00x\uD83D")]
    public void ALongTextHasTheIdsOfItsBytes(string unit)
    {
        var tokenizer = TinyTokenizers.ByteLevel(("a", "b"));
        var text = string.Concat(Enumerable.Repeat(unit, 100_000)) + "\uD83D";
        tokenizer.EncodeToIds(text).ShouldBe(tokenizer.EncodeToIds(Encoding.UTF8.GetBytes(text)));
    }

    [Theory]
    [InlineData(OffsetUnit.Utf16, 3, 5)]
    [InlineData(OffsetUnit.Scalar, 2, 4)]
    [InlineData(OffsetUnit.Utf8, 6, 8)]
    public void OffsetsCountTheUnitAskedFor(OffsetUnit unit, int start, int end)
    {
        var token = TinyTokenizers.ByteLevel(("a", "b")).EncodeToTokens("é😀ab", new EncodeOptions { OffsetUnit = unit })[^1];
        token.Value.ShouldBe("ab");
        // é is one unit of each but 2 bytes; the emoji is 2 UTF-16 units, 1 scalar, 4 bytes.
        token.Offset.ShouldBe(start..end);
    }

    [Fact]
    public void TokensOfOneCharacterShareItsOffsets() =>
        TinyTokenizers.ByteLevel().EncodeToTokens("x中").Select(static t => t.Offset).ShouldBe([0..1, 1..2, 1..2, 1..2]);

    [Fact]
    public void ControlTokensAreTextWhereSpecialsAreNotParsed()
    {
        var tokenizer = TinyTokenizers.Of(
            TinyTokenizers.WordLevel("[UNK]", "a", "<s>"), preTokenizer: Whitespace, addedTokens: $"[{TinyTokenizers.Added(2, "<s>", special: true)}]");
        tokenizer.EncodeToIds("a <s>a").ShouldBe([1, 2, 1]);
        tokenizer.EncodeToIds("a <s>a", EncodeOptions.PlainText).ShouldBe([1, 0]);
        tokenizer.Decode([1, 2, 1], skipSpecialTokens: true).ShouldBe("a a");
    }

    [Fact]
    public void IdsThatNameNothingAreLeftOut()
    {
        var tokenizer = TinyTokenizers.ByteLevel();
        tokenizer.Decode([tokenizer.TokenToId("a")!.Value, -1, 1_000_000, int.MinValue]).ShouldBe("a");
        tokenizer.TokenBytes(-1).Length.ShouldBe(0);
        tokenizer.IdToToken(99_999).ShouldBeNull();
    }

    [Fact]
    public void TokenBytesAreTheBytesThatATokenStandsFor()
    {
        var tokenizer = TinyTokenizers.ByteLevel(("Ġ", "a"));
        tokenizer.TokenBytes(tokenizer.TokenToId("Ġa")!.Value).ToArray().ShouldBe(" a"u8.ToArray());
        tokenizer.TokenBytes(tokenizer.TokenToId("Ā")!.Value).ToArray().ShouldBe([0]);
    }

    [Fact]
    public void StreamingGivesWholeCharactersAndTogetherTheText()
    {
        var tokenizer = TinyTokenizers.ByteLevel();
        const string text = "é中😀x";
        var decoder = tokenizer.CreateStreamingDecoder();
        var steps = tokenizer.EncodeToIds(text).Select(decoder.Append).ToList();
        steps.ShouldBe([null, "é", null, null, "中", null, null, null, "😀", "x"]);
        decoder.Append(tokenizer.EncodeToIds("é")[0]).ShouldBeNull();
        decoder.Flush().ShouldBe("\uFFFD");
        decoder.Flush().ShouldBe("");
    }

    [Fact]
    public void AStreamOfReplacementCharactersIsLetGoWhereOneEnds()
    {
        var tokenizer = TinyTokenizers.ByteLevel();
        var text = new string('\uFFFD', 2_000);
        var decoder = tokenizer.CreateStreamingDecoder();
        (string.Concat(tokenizer.EncodeToIds(text).Select(decoder.Append)) + decoder.Flush()).ShouldBe(text);
    }

    [Fact]
    public void AnyNumberOfSkippedTokensChangesNothingInAStream()
    {
        var tokenizer = TinyTokenizers.Of(TinyTokenizers.WordLevel("[UNK]", "a", "b"), addedTokens: "[" + TinyTokenizers.Added(3, "<s>", special: true) + "]");
        int[] ids = [1, .. Enumerable.Repeat(3, 500), 2];
        var decoder = tokenizer.CreateStreamingDecoder();
        (string.Concat(ids.Select(decoder.Append)) + decoder.Flush()).ShouldBe("a b");
    }

    [Fact]
    public void BlanksThatADecoderDropsAtTheStartAreKeptInsideAStream()
    {
        var tokenizer = TinyTokenizers.Of(
            """{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["▁",-2],["a",-3],["▁a",-4.5]]}""",
            preTokenizer: """{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":false}""",
            decoder: """{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"}""");
        int[] ids = [3, 1, 1, 1, 2, 1, 1, 3];
        var decoder = tokenizer.CreateStreamingDecoder();
        (string.Concat(ids.Select(decoder.Append)) + decoder.Flush()).ShouldBe(tokenizer.Decode(ids));
    }

    [Fact]
    public void ManyThreadsGetTheSameIds()
    {
        var tokenizer = TinyTokenizers.ByteLevel(("a", "b"), ("ab", "ab"), ("Ġ", "ab"));
        var text = string.Join(' ', Enumerable.Repeat("ab abab ba", 200));
        var expected = tokenizer.EncodeToIds(text);
        Parallel.For(0, 64, _ => tokenizer.EncodeToIds(text).ShouldBe(expected));
    }

    [Fact]
    public void NullIsAWrongCall() => Should.Throw<ArgumentNullException>(() => TinyTokenizers.ByteLevel().EncodeToIds((string)null!));
}
