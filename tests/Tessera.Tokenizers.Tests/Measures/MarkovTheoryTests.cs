using FsCheck;
using FsCheck.Xunit;
using Tessera.Tokenizers.Measures.Theory;

namespace Tessera.Tokenizers.Tests.Measures;

public sealed class MarkovTheoryTests
{
    [Theory]
    [InlineData(1, new[] { 1.0000, 0.7345, 0.6460, 0.6017, 0.5752, 0.5575, 0.5449, 0.5354 })]
    [InlineData(2, new[] { 1.0000, 1.0000, 0.8230, 0.7345, 0.6814, 0.6460, 0.6207, 0.6017 })]
    public void BlocksCostWhatTheClosedFormSays(int order, double[] losses)
    {
        var source = new SwitchingSource(order, 0.9);
        for (var i = 0; i < losses.Length; i++) source.BlockLoss(i + 1).ShouldBe(losses[i], 0.00005);
        source.EntropyRate.ShouldBe(0.4690, 0.00005);
        source.Delta.ShouldBe(0.1, 1e-12);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    public void ADictionaryOfAllBlocksCostsWhatBlocksCost(int length, int order)
    {
        // With single symbols too, which greedy cutting never uses on an endless text.
        var blocks = Enumerable.Range(0, 1 << length).Select(i => Convert.ToString(i, 2).PadLeft(length, '0'));
        var limit = new GreedyLimit(new GreedyDictionary(((string[])["0", "1"]).Concat(blocks)), new SwitchingSource(order, 0.8));
        limit.UnigramLoss.ShouldBe(new SwitchingSource(order, 0.8).BlockLoss(length), 1e-9);
        limit.TokensPerSymbol.ShouldBe(1.0 / length, 1e-9);
    }

    [Fact]
    public void TheLimitIsWhatALongTextShows()
    {
        var source = new SwitchingSource(2, 0.9);
        var dictionary = GreedyDictionary.Lzw(source.Draw(20_000, 1), 32);
        var limit = new GreedyLimit(dictionary, source);
        var text = source.Draw(100_000, 2);
        var (counts, unknown) = dictionary.Count(text);
        unknown.ShouldBe(0);
        (counts.Sum() / (double)text.Length).ShouldBe(limit.TokensPerSymbol, 0.01);
        limit.Probabilities.Sum().ShouldBe(1, 1e-12);
        limit.UnigramLoss.ShouldBeLessThan(1);
        limit.UnigramLoss.ShouldBeGreaterThan(source.EntropyRate);
    }

    [Fact]
    public void LzwAddsTheLongestKnownStringWithTheNextCharacter()
    {
        GreedyDictionary.Lzw("abababa", 6).Entries.ShouldBe(["a", "b", "ab", "ba", "aba"]);
        Should.Throw<ArgumentException>(() => GreedyDictionary.Lzw("abc", 2));
        Should.Throw<ArgumentException>(() => new GreedyDictionary([""]));
        Should.Throw<ArgumentException>(() => new GreedyLimit(new GreedyDictionary(["0"]), new SwitchingSource(1, 0.5)));
        Should.Throw<ArgumentOutOfRangeException>(() => new SwitchingSource(0, 0.5));
        Should.Throw<ArgumentOutOfRangeException>(() => new SwitchingSource(1, double.NaN));
    }

    [Property(MaxTest = 50)]
    public bool GreedyTokensSpellTheTextAndNoneCouldBeLonger(ushort seed)
    {
        var text = new SwitchingSource(1, 0.7).Draw(300, seed);
        var dictionary = GreedyDictionary.Lzw(text[..200], 12);
        var (rest, known) = (text, dictionary.Entries.ToHashSet());
        foreach (var token in dictionary.Encode(text))
        {
            var entry = dictionary.Entries[token];
            if (!rest.StartsWith(entry, StringComparison.Ordinal)) return false;
            if (rest.Length > entry.Length && known.Contains(rest[..(entry.Length + 1)])) return false;
            rest = rest[entry.Length..];
        }

        return rest.Length == 0;
    }

    [Property(MaxTest = 50)]
    public bool TheMostProbableMissingStringIsThatOfAFullCount(ushort seed)
    {
        var text = new SwitchingSource(1, 0.6).Draw(120, seed);
        HashSet<string> known = [.. GreedyDictionary.Lzw(text, 8).Entries];
        var found = MissingSubstring.Find(text, known.Contains)!;
        var best = Enumerable.Range(1, MissingSubstring.Longest)
            .SelectMany(length => Enumerable.Range(0, text.Length - length + 1).Select(i => text.Substring(i, length)).GroupBy(static s => s).Select(g => (Text: g.Key, P: g.Count() / (double)(text.Length - length + 1))))
            .Where(s => !known.Contains(s.Text)).OrderByDescending(static s => s.P).ThenByDescending(static s => s.Text, StringComparer.Ordinal).First();
        return found.Text == best.Text && found.Probability == best.P;
    }

    [Fact]
    public void ATokenizerIsDiagnosed()
    {
        var text = string.Concat(Enumerable.Repeat("ab ab ab ", 40));
        var plain = MarkovDiagnostic.Measure(TinyTokenizers.ByteLevel(), text, text);
        var merged = MarkovDiagnostic.Measure(TinyTokenizers.ByteLevel(("a", "b"), ("Ġ", "ab")), text, text);
        merged.Loss.BitsPerCharacter.ShouldBeLessThan(plain.Loss.BitsPerCharacter);
        merged.Loss.CharactersPerToken.ShouldBeGreaterThan(2.9);
        plain.Missing!.Text.Length.ShouldBeGreaterThan(1); // every single character is a token
        plain.ExponentInPieces!.Value.ShouldBeGreaterThanOrEqualTo(plain.Exponent!.Value);
        UnigramLoss.Of([3, 1], [1, 1], 2).BitsPerCharacter.ShouldBe((-Math.Log2(4 / 6.0) - Math.Log2(2 / 6.0)) / 2, 1e-12);
        Should.Throw<ArgumentException>(() => UnigramLoss.Of([1], [0], 1));
    }
}
