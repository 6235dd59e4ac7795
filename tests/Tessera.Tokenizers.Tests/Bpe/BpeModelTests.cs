using System.Text;

namespace Tessera.Tokenizers.Tests.Bpe;

public sealed class BpeModelTests
{
    private static readonly string[] s_vocabulary = ["<unk>", "h", "e", "l", "o", "he", "ll", "hell", "hello", "▁", "▁hello", "<0xC3>", "<0xA9>"];
    private static readonly string[] s_merges = ["h e", "l l", "he ll", "hell o", "▁ hello"];

    private static Tokenizer Llama2(bool fuse = true) => TinyTokenizers.Of(
        TinyTokenizers.Bpe(s_vocabulary, s_merges, $"\"unk_token\":\"<unk>\",\"fuse_unk\":{(fuse ? "true" : "false")},\"byte_fallback\":true"),
        normalizer: """{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}""",
        decoder: """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}""");

    [Theory]
    [InlineData("hello hello", new[] { 10, 10 }, new[] { 0, 5, 5, 11 })]
    [InlineData("helloé", new[] { 10, 11, 12 }, new[] { 0, 5, 5, 6, 5, 6 })]
    [InlineData("helloxx é", new[] { 10, 0, 9, 11, 12 }, new[] { 0, 5, 5, 7, 7, 8, 8, 9, 8, 9 })]
    public void MergesFallsBackToBytesAndFusesUnknowns(string text, int[] ids, int[] offsets)
    {
        var tokenizer = Llama2();
        for (var time = 0; time < 2; time++) // the second time from what was kept of the first
        {
            var encoding = tokenizer.Encode(text);
            encoding.Ids.ShouldBe(ids);
            encoding.Offsets.SelectMany(static o => (int[])[o.Start, o.End]).ShouldBe(offsets);
        }
    }

    [Fact]
    public void UnknownsPendingForFusionComeBehindBytes() => Llama2().EncodeToIds("xéx").ShouldBe([9, 11, 12, 0]);

    [Fact]
    public void UnfusedUnknownsStayApart() => Llama2(fuse: false).EncodeToIds("xx").ShouldBe([9, 0, 0]);

    [Fact]
    public void ByteTokensDecodeToTheCharacter() => Llama2().Decode(Llama2().EncodeToIds("helloxx é")).ShouldBe("hello<unk> é");

    [Fact]
    public void WithoutUnknownTokenAndFallbackCharactersAreDropped()
    {
        var tokenizer = TinyTokenizers.Of(TinyTokenizers.Bpe(s_vocabulary, s_merges));
        tokenizer.EncodeToTokens("hxe").Select(static t => t.Value).ShouldBe(["he"]);
    }

    [Fact]
    public void APieceThatIsATokenWinsWhereMergesAreIgnored()
    {
        string[] vocabulary = ["a", "b", "c", "ab", "abc"];
        TinyTokenizers.Of(TinyTokenizers.Bpe(vocabulary, ["a b"])).EncodeToIds("abc").ShouldBe([3, 2]);
        TinyTokenizers.Of(TinyTokenizers.Bpe(vocabulary, ["a b"], "\"ignore_merges\":true")).EncodeToIds("abc").ShouldBe([4]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(500)]
    public void ScanAndHeapAgreeWithTheNaiveLoop(int length)
    {
        (string Left, string Right)[] merges = [("a", "b"), ("b", "a"), ("a", "a"), ("ab", "a"), ("aa", "b"), ("ba", "ba"), ("aba", "b"), ("aa", "aa")];
        var tokenizer = TinyTokenizers.ByteLevel(merges);
        for (uint seed = 0; seed < 50; seed++)
        {
            var key = new RandomKey(1, seed, 0, RandomPurpose.Tokenize);
            var text = string.Concat(Enumerable.Range(0, length).Select(i => key.Below(2, (uint)i) == 0 ? 'a' : 'b'));
            tokenizer.EncodeToTokens(text).Select(static t => t.Value).ShouldBe(Naive(text, merges));
        }
    }

    [Fact]
    public void APieceOfAMillionBytesTakesNoQuadraticTime()
    {
        var tokenizer = TinyTokenizers.ByteLevel(("a", "a"), ("aa", "aa"));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        tokenizer.CountTokens(new string('a', 1_000_000)).ShouldBe(250_000);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20)); // quadratic work would take hours
    }

    [Fact]
    public void DropoutOfOneMergesNothingAndOfZeroEverything()
    {
        var tokenizer = TinyTokenizers.ByteLevel(("a", "b"), ("ab", "ab"));
        tokenizer.CountTokens("abab", new EncodeOptions { Dropout = 1 }).ShouldBe(4);
        tokenizer.CountTokens("abab", new EncodeOptions { Dropout = 0 }).ShouldBe(1);
        Should.Throw<ArgumentOutOfRangeException>(() => tokenizer.CountTokens("abab", new EncodeOptions { Dropout = 1.5 }));
    }

    [Fact]
    public void DropoutIsDeterminedByItsKey()
    {
        var tokenizer = TinyTokenizers.ByteLevel(("a", "b"), ("ab", "ab"), ("b", "a"));
        var text = string.Concat(Enumerable.Repeat("ab", 40));
        int[] Encode(ulong seed) => tokenizer.EncodeToIds(text, new EncodeOptions { Dropout = 0.5, DropoutKey = new RandomKey(seed, 0, 0, RandomPurpose.Tokenize) });
        Encode(1).ShouldBe(Encode(1));
        Encode(1).ShouldNotBe(Encode(2));
        tokenizer.Decode(Encode(1)).ShouldBe(text);
    }

    [Fact]
    public void EncodingAgainAllocatesNothingButWhatTheCallerKeeps()
    {
        var tokenizer = TinyTokenizers.ByteLevel(("a", "b"), ("Ġ", "a"));
        var text = Encoding.UTF8.GetBytes("ab ab aab ba abab");
        var output = new System.Buffers.ArrayBufferWriter<int>(1_024);
        for (var i = 0; i < 3; i++)
        {
            output.ResetWrittenCount();
            tokenizer.EncodeToIds(text, output);
        }

        output.ResetWrittenCount();
        var before = GC.GetAllocatedBytesForCurrentThread();
        tokenizer.EncodeToIds(text, output);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(200); // a node of the pool that keeps the working memory
    }

    private static List<string> Naive(string text, (string Left, string Right)[] merges)
    {
        var symbols = text.Select(static c => c.ToString()).ToList();
        while (true)
        {
            var (best, at) = (merges.Length, -1);
            for (var i = 0; i + 1 < symbols.Count; i++)
            {
                var rank = Array.IndexOf(merges, (symbols[i], symbols[i + 1]));
                if (rank >= 0 && rank < best) (best, at) = (rank, i);
            }

            if (at < 0) return symbols;
            symbols[at] += symbols[at + 1];
            symbols.RemoveAt(at + 1);
        }
    }
}
