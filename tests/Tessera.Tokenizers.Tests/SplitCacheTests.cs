namespace Tessera.Tokenizers.Tests;

public sealed class SplitCacheTests
{
    [Fact]
    public void WhatLiesEndToEndIsKeptWithItsPlacesAndNothingElseIs()
    {
        var cache = new SplitCache();
        foreach (var piece in (string[])["a", "ab", "abc", "abcd", "abcdefg", "abcdefgh", "abcdefghi", "abcdefghijklmno"])
        {
            Keep(cache, piece, (7, 0, 1), (8, 1, piece.Length));
            Kept(cache, piece).ShouldBe([(7, 0, 1), (8, 1, piece.Length)]);
            Kept(cache, piece + "\0").ShouldBeNull();
        }

        Keep(cache, "é", (5, 0, 2), (6, 0, 2)); // the bytes of one character
        Kept(cache, "é").ShouldBeNull();
        Keep(cache, "xyz", (1, 0, 1), (2, 2, 3)); // a character was left out
        Kept(cache, "xyz").ShouldBeNull();
        (int Id, int Start, int End)[] nine = [.. Enumerable.Range(0, 9).Select(static i => (10 + i, i, i + 1))];
        Keep(cache, "abcdefghi", nine);
        Kept(cache, "abcdefghi")!.Length.ShouldBe(2);
        Keep(cache, "vwxyzabc", nine[..8]);
        Kept(cache, "vwxyzabc").ShouldBe(nine[..8]);
    }

    [Fact]
    public void AKeyIsTheSameWithAndWithoutWhatFollows()
    {
        var bytes = Enumerable.Range(1, 32).Select(static b => (byte)(7 * b)).ToArray();
        for (var length = 1; length <= SplitCache.MostBytes; length++) SplitCache.KeyOf(ref bytes[1], length).ShouldBe(SplitCache.KeyOf(bytes.AsSpan(1, length)));
    }

    [Fact]
    public void OfThreePiecesWithOnePairOfLinesTheOldestGoes()
    {
        // The ten highest bits of the hash name the pair as long as the cache has not grown.
        var three = Enumerable.Range(0, 4_000).Select(static i => $"w{i}").GroupBy(static w => SplitCache.HashOf(SplitCache.KeyOf(System.Text.Encoding.UTF8.GetBytes(w))) >> 54).First(static g => g.Count() > 2).ToArray();
        var cache = new SplitCache();
        Keep(cache, three[0], (1, 0, 1));
        Keep(cache, three[1], (2, 0, 1));
        Kept(cache, three[0]).ShouldBe([(1, 0, 1)]);
        Kept(cache, three[1]).ShouldBe([(2, 0, 1)]);
        Keep(cache, three[2], (3, 0, 1));
        Kept(cache, three[0]).ShouldBeNull();
        Kept(cache, three[1]).ShouldBe([(2, 0, 1)]);
        Kept(cache, three[2]).ShouldBe([(3, 0, 1)]);
    }

    private static TokenBuffer Empty()
    {
        var buffer = new TokenBuffer();
        buffer.Clear(detailed: true);
        return buffer;
    }

    private static void Keep(SplitCache cache, string piece, params (int Id, int Start, int End)[] tokens)
    {
        var output = Empty();
        output.Add(0, 0, 9); // of another piece
        cache.TryAppend(System.Text.Encoding.UTF8.GetBytes(piece), output, out var key);
        foreach (var (id, start, end) in tokens) output.Add(id, start, end);
        cache.Keep(key, output, 1);
    }

    private static (int Id, int Start, int End)[]? Kept(SplitCache cache, string piece)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(piece);
        var output = Empty();
        return bytes.Length <= SplitCache.MostBytes && cache.TryAppend(bytes, output, out _)
            ? [.. Enumerable.Range(0, output.Count).Select(i => (output.Ids[i], output.Starts[i], output.Ends[i]))]
            : null;
    }
}
