using Tessera.Tokenizers.Training;

namespace Tessera.Tokenizers.Tests.Training;

public sealed class SuffixArrayTests
{
    [Fact]
    public void SuffixesComeInOrder()
    {
        SuffixArray.Of([.. "banana".Select(static c => (int)c)]).ShouldBe([5, 3, 1, 0, 4, 2]);
        SuffixArray.Of([]).ShouldBeEmpty();
        SuffixArray.Of([7]).ShouldBe([0]);
    }

    [Fact]
    public void EveryTextIsSortedAsByComparing()
    {
        var random = new Random(4);
        for (var round = 0; round < 2_000; round++)
        {
            // Few letters and short periods make many equal stretches, which is where names and recursion are needed.
            var letters = 1 + random.Next(4);
            var text = new int[1 + random.Next(60)];
            for (var i = 0; i < text.Length; i++) text[i] = i >= 7 && random.Next(3) > 0 ? text[i - 7] : random.Next(letters) * 1_000;
            var expected = Enumerable.Range(0, text.Length).ToArray();
            Array.Sort(expected, (a, b) => text.AsSpan(a).SequenceCompareTo(text.AsSpan(b)));
            SuffixArray.Of(text).ShouldBe(expected);
        }
    }

    [Fact]
    public void RepeatedSubstringsAreThoseThatGoOnInSeveralWays()
    {
        // "an" is always followed by "a" or the end; "n" is always followed by "a": the longer "na" stands for it.
        Repeats("banana").ShouldBe(["a×3", "ana×2", "na×2"], ignoreOrder: true);
        Repeats("abc").ShouldBeEmpty();
        Repeats("aaaa").ShouldBe(["a×4", "aa×3", "aaa×2"], ignoreOrder: true);
    }

    [Fact]
    public void RepeatsOccurAsOftenAsTheySay()
    {
        var random = new Random(5);
        for (var round = 0; round < 300; round++)
        {
            var text = string.Concat(Enumerable.Range(0, 2 + random.Next(50)).Select(_ => (char)('a' + random.Next(3))));
            var found = Repeats(text);
            found.ShouldBe(Naive(text), ignoreOrder: true);
        }
    }

    private static List<string> Repeats(string text)
    {
        var found = new List<string>();
        SuffixArray.Repeats([.. text.Select(static c => (int)c)], (start, length, count) => found.Add($"{text.Substring(start, length)}×{count}"));
        return found;
    }

    // A substring with several occurrences, not all of which are followed by the same letter (the end counts as one of its own).
    private static List<string> Naive(string text)
    {
        var places = new Dictionary<string, List<int>>();
        for (var start = 0; start < text.Length; start++)
        {
            for (var length = 1; start + length <= text.Length; length++)
            {
                var part = text.Substring(start, length);
                if (!places.TryGetValue(part, out var list)) places[part] = list = [];
                list.Add(start);
            }
        }

        return [.. places.Where(p => p.Value.Count > 1 && p.Value.Select(start => start + p.Key.Length < text.Length ? text[start + p.Key.Length] : '\0').Distinct().Count() > 1).Select(static p => $"{p.Key}×{p.Value.Count}")];
    }
}
