using FsCheck;
using FsCheck.Xunit;
using Tessera.Tokenizers.Text.Decoders;

namespace Tessera.Tokenizers.Tests;

public sealed class StreamingDecoderTests
{
    private static readonly string[] s_tokens =
        ["▁", "▁a", "a", " ", "##b", "ab</w>", "</w>", "x", "xx", ".", " .", " ' ", "'", "pad", "/", "Ġ", "Ã", "©", "\uFFFD", "n't", "do not", "中", "\U0001F600", "[UNK]"];

    private static readonly string[] s_decoders =
    [
        "null",
        """{"type":"ByteLevel"}""",
        """{"type":"Fuse"}""",
        """{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"}""",
        """{"type":"WordPiece","prefix":"##","cleanup":true}""",
        """{"type":"BPEDecoder","suffix":"</w>"}""",
        """{"type":"CTC","pad_token":"pad","word_delimiter_token":"/","cleanup":true}""",
        """{"type":"Strip","content":"x","start":1,"stop":2}""",
        """{"type":"Replace","pattern":{"String":"▁"},"content":" "}""",
        """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":"x","start":2,"stop":3}]}""",
        """{"type":"Sequence","decoders":[{"type":"BPEDecoder","suffix":"</w>"},{"type":"ByteLevel"},{"type":"WordPiece","prefix":" ","cleanup":true}]}""",
        """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Replace","pattern":{"Regex":"x+"},"content":"y"},{"type":"Strip","content":" ","start":1,"stop":1}]}""",
    ];

    private static readonly Tokenizer[] s_tokenizers = [.. s_decoders.Select(static d => TinyTokenizers.Of(TinyTokenizers.WordLevel([.. s_tokens.Distinct()]), decoder: d))];

    [Property(MaxTest = 3_000)]
    public void AnyIdsGiveTheSameTextOneByOneAsAtOnce(PositiveInt which, byte[] choices)
    {
        var tokenizer = s_tokenizers[which.Get % s_tokenizers.Length];
        int[] ids = [.. choices.Select(static c => c % (s_tokens.Length + 2) - 1)]; // those that name no token among them
        var decoder = tokenizer.CreateStreamingDecoder();
        (string.Concat(ids.Select(decoder.Append)) + decoder.Flush()).ShouldBe(tokenizer.Decode(ids), s_decoders[which.Get % s_decoders.Length]);
        var text = new char[8 * ids.Length];
        tokenizer.Decode(ids, text, out _, out var written);
        new string(text, 0, written).ShouldBe(tokenizer.Decode(ids));
    }

    [Property(MaxTest = 2_000)]
    public void AnyBytesGiveTheSameTextOneByOneAsAtOnce(byte[] choices)
    {
        byte[] odd = [0x41, 0x80, 0xBF, 0xC2, 0xC3, 0xE0, 0xA0, 0xED, 0xEF, 0xBB, 0xF0, 0x90, 0x9F, 0xF4, 0xF5, 0xFF];
        byte[] bytes = [.. choices.Select(c => odd[c % odd.Length])];
        var tokenizer = TinyTokenizers.ByteLevel();
        var idOf = Enumerable.Range(0, 256).ToDictionary(id => tokenizer.TokenBytes(id)[0]);
        var decoder = tokenizer.CreateStreamingDecoder();
        (string.Concat(bytes.Select(b => decoder.Append(idOf[b]))) + decoder.Flush()).ShouldBe(System.Text.Encoding.UTF8.GetString(bytes));
    }

    [Property(MaxTest = 2_000)]
    public void CleanUpOfATextIsThatOfItsParts(byte[] choices)
    {
        (string From, string To)[] changes = [(" .", "."), (" ' ", "'"), (" n't", "n't"), ("aab", "c")];
        string[] parts = [" ", ".", "'", "n", "t", "a", "b", " ' ' ", "n't", "aa"];
        string[] chosen = [.. choices.Select(c => parts[c % parts.Length])];
        var text = new WrittenText(isLive: true);
        TextSink first = text;
        foreach (var (from, to) in changes.Reverse()) first = new LiteralReplacement(first, from, to);
        foreach (var part in chosen) first.Write(part, ends: true);
        first.End();
        text.Take().ShouldBe(changes.Aggregate(string.Concat(chosen), static (t, c) => t.Replace(c.From, c.To, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("""{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":"x","start":0,"stop":1000000}]}""", "x")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"}""", "▁")]
    [InlineData("""{"type":"ByteFallback"}""", "<0xE4>")]
    [InlineData("""{"type":"ByteFallback"}""", "<0x41>")]
    [InlineData("null", "\uFFFD")]
    public void AnUndecidedStreamCostsWhatItsIdsCost(string json, string token)
    {
        var tokenizer = TinyTokenizers.Of(TinyTokenizers.WordLevel(token), decoder: json);
        Allocated(tokenizer, 100);
        var (few, many) = (Allocated(tokenizer, 2_000), Allocated(tokenizer, 20_000));
        many.ShouldBeLessThan(20 * few);
    }

    [Fact]
    public void OfARunOfBytesWhatWasCompleteStaysText()
    {
        string[] tokens = ["a", "<0xE4>", "<0xB8>", "<0xAD>", "<0xFF>"];
        var tokenizer = TinyTokenizers.Of(TinyTokenizers.WordLevel(tokens), decoder: """{"type":"ByteFallback"}""");
        var decoder = tokenizer.CreateStreamingDecoder();
        int[] ids = [0, 1, 2, 3, 4, 4, 0];
        ids.Select(decoder.Append).ShouldBe(["a", null, null, "中", null, null, "\uFFFD\uFFFDa"]);
        tokenizer.Decode(ids).ShouldBe("a\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDa");
        var text = new char[10];
        tokenizer.Decode(ids, text, out _, out var written);
        new string(text, 0, written).ShouldBe(tokenizer.Decode(ids));
    }

    [Fact]
    public void ASuffixIsABlankOnceAnotherTokenFollows()
    {
        var tokenizer = TinyTokenizers.Of(TinyTokenizers.WordLevel("ab</w>", "c"), decoder: """{"type":"BPEDecoder","suffix":"</w>"}""");
        var decoder = tokenizer.CreateStreamingDecoder();
        ((int[])[0, 0, 1]).Select(decoder.Append).ShouldBe(["ab", " ab", " c"]);
        decoder.Flush().ShouldBe("");
    }

    [Fact]
    public void TooManyStepsAreRefused()
    {
        var steps = string.Join(',', Enumerable.Repeat("""{"type":"Fuse"}""", 257));
        Should.Throw<ResourceLimitException>(() => TinyTokenizers.Of(TinyTokenizers.WordLevel("a"), decoder: $$"""{"type":"Sequence","decoders":[{{steps}}]}""")).Allowed.ShouldBe(256);
    }

    private static long Allocated(Tokenizer tokenizer, int count)
    {
        var decoder = tokenizer.CreateStreamingDecoder();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < count; i++) decoder.Append(0);
        decoder.Flush();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
