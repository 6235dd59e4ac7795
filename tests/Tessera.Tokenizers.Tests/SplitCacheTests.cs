namespace Tessera.Tokenizers.Tests;

public sealed class SplitCacheTests
{
    private const string Letters = "abcdefgé日 ,.xyzABC\u0301";

    private static string Text(uint number, int most)
    {
        var key = new RandomKey(41, number, 0, RandomPurpose.Tokenize);
        return string.Concat(Enumerable.Range(0, key.Below(most, 0)).Select(i => Letters[key.Below(Letters.Length, 1 + (uint)i)]));
    }

    [Theory]
    [InlineData("bert-uncased")]
    [InlineData("bert-cased")]
    [InlineData("t5")]
    [InlineData("xlm-roberta")]
    [InlineData("unigram-bytes")]
    public void WordsSeenBeforeGiveWhatTheyGaveAtFirst(string name)
    {
        var warm = Tokenizer.Load(SharedTokenizers.Golden(name));
        for (uint i = 0; i < 400; i++) warm.EncodeToIds(Text(i, 60));
        for (uint i = 0; i < 60; i++)
        {
            var text = Text(i, 60);
            var (first, later) = (Tokenizer.Load(SharedTokenizers.Golden(name)).Encode(text), warm.Encode(text));
            later.Ids.ShouldBe(first.Ids, text);
            later.Offsets.ShouldBe(first.Offsets, text);
            later.Tokens.ShouldBe(first.Tokens, text);
        }
    }

    [Fact]
    public void PiecesOfEveryLengthAreToldApart()
    {
        var cache = new SplitCache();
        var output = new TokenBuffer();
        output.Clear(detailed: false);
        var pieces = new List<byte[]>();
        for (var length = 1; length <= SplitCache.MostBytes; length++)
        {
            // One byte differs, in turn each; and the same bytes with one more zero.
            for (var at = 0; at < length; at++) pieces.Add([.. Enumerable.Range(0, length).Select(i => (byte)(i == at ? 200 + length : 97))]);
            pieces.Add(new byte[length]);
        }

        for (var i = 0; i < pieces.Count; i++)
        {
            output.Clear(detailed: false);
            cache.TryAppend(pieces[i], output, out var key).ShouldBeFalse();
            output.Add(i, 0, pieces[i].Length);
            cache.Keep(key, output, 0);
            output.Clear(detailed: false);
            cache.TryAppend(pieces[i], output, out _).ShouldBeTrue();
            output.Ids.ToArray().ShouldBe([i]);
            output.Ends.ToArray().ShouldBe([pieces[i].Length]);
        }
    }

    [Theory]
    [InlineData("bert-uncased")]
    [InlineData("t5")]
    [InlineData("xlm-roberta")]
    public void CountingAllocatesNothing(string name)
    {
        var tokenizer = Tokenizer.Load(SharedTokenizers.Golden(name));
        var text = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(static i => Text((uint)i, 40) + " the quick brown fox ﬁx " + new string('q', i))));
        for (var i = 0; i < 3; i++) tokenizer.CountTokens(text);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var count = tokenizer.CountTokens(text);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        count.ShouldBeGreaterThan(1_000);
    }
}
