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
        Keep(cache, "vwxyz", (1, 0, 1), (2, 1, 2), (3, 2, 3), (4, 3, 4), (5, 4, 5));
        Kept(cache, "vwxyz").ShouldBeNull();
    }

    private static void Keep(SplitCache cache, string piece, params (int Id, int Start, int End)[] tokens)
    {
        var output = new TokenBuffer();
        output.Add(0, 0, 9); // of another piece
        cache.TryAppend(System.Text.Encoding.UTF8.GetBytes(piece), output, out var key);
        foreach (var (id, start, end) in tokens) output.Add(id, start, end);
        cache.Keep(key, output, 1);
    }

    private static (int Id, int Start, int End)[]? Kept(SplitCache cache, string piece)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(piece);
        var output = new TokenBuffer();
        return bytes.Length <= SplitCache.MostBytes && cache.TryAppend(bytes, output, out _)
            ? [.. Enumerable.Range(0, output.Count).Select(i => (output.Ids[i], output.Starts[i], output.Ends[i]))]
            : null;
    }
}
