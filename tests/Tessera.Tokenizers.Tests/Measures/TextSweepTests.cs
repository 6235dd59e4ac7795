using FsCheck;
using FsCheck.Xunit;
using Tessera.Tokenizers.Measures;

namespace Tessera.Tokenizers.Tests.Measures;

public sealed class TextSweepTests
{
    // "ab" and "Ġab" are tokens; everything else goes byte by byte.
    private static readonly Tokenizer s_bytes = TinyTokenizers.ByteLevel(("a", "b"), ("Ġ", "ab"));

    [Fact]
    public void OneSweepCountsEverything()
    {
        var measures = TextSweep.Measure(s_bytes, ["ab ab xy", "é\n"]);
        measures.Bytes.ShouldBe(8 + 3);
        measures.Characters.ShouldBe(8 + 2);
        measures.Words.ShouldBe(4); // ab, ab, xy, é
        measures.Tokens.ShouldBe(2 + 3 + 3); // ab | Ġab | Ġ x y | two bytes and a line end
        measures.ContinuedWords.ShouldBe(2); // xy and é
        measures.UnknownTokens.ShouldBe(0);
        measures.DistinctTokens.ShouldBe(8);
        measures.Fertility.ShouldBe(2);
        measures.CharactersPerToken.ShouldBe(10 / 8.0);
        measures.BytesPerToken.ShouldBe(11 / 8.0);
        measures.ContinuedWordShare.ShouldBe(0.5);
        measures.Entropy.ShouldBe(Math.Log(8), 1e-12); // eight different tokens, once each
        measures.RenyiEfficiency().ShouldBe(Math.Log(8) / Math.Log(s_bytes.VocabularySize), 1e-12);
        measures.RenyiEfficiency(1).ShouldBe(measures.RenyiEfficiency(), 1e-12); // uniform: every order is the same
        measures.UnigramBitsPerCharacter.ShouldBe(3 * 8 / 10.0, 1e-12);
    }

    [Fact]
    public void UnknownTokensAreCounted()
    {
        var words = TinyTokenizers.Of(TinyTokenizers.WordLevel("[UNK]", "the", "ship"), preTokenizer: """{"type":"Whitespace"}""");
        var measures = TextSweep.Measure(words, ["the ship the sea"]);
        measures.UnknownTokens.ShouldBe(1);
        measures.UnknownRate.ShouldBe(0.25);
        measures.Fertility.ShouldBe(1);
    }

    [Fact]
    public void ARareTokenLowersTheEfficiency()
    {
        var even = Measures(50, 50);
        var uneven = Measures(99, 1);
        even.RenyiEfficiency().ShouldBe(1, 1e-12);
        uneven.RenyiEfficiency().ShouldBeLessThan(0.05);
        Should.Throw<ArgumentOutOfRangeException>(() => even.RenyiEfficiency(double.NaN));
        Should.Throw<ArgumentOutOfRangeException>(() => even.RenyiEfficiency(-1));
    }

    [Fact]
    public void NothingGivesNoNumberRatherThanZero()
    {
        var nothing = TextSweep.Measure(s_bytes, []);
        nothing.Tokens.ShouldBe(0);
        double.IsNaN(nothing.Fertility).ShouldBeTrue();
        double.IsNaN(nothing.RenyiEfficiency()).ShouldBeTrue();
        double.IsNaN(nothing.Entropy).ShouldBeTrue();
    }

    [Property]
    public bool ASumIsTheSweepOverAllTexts(string[] texts)
    {
        string[] known = [.. texts.Select(static t => t ?? "")];
        if (known.Length == 0) return true;
        var together = TextSweep.Measure(s_bytes, known);
        var sum = TextMeasures.Sum([.. known.Select(static t => TextSweep.Measure(s_bytes, [t]))]);
        return sum with { Counts = together.Counts } == together && sum.Counts.SequenceEqual(together.Counts)
            && together.Counts.Sum() == together.Tokens && together.ContinuedWords <= together.Words;
    }

    [Fact]
    public void ParityIsTokensBesideTheReference()
    {
        var parity = LanguageParity.Of([("eng", Measures(10, 0)), ("deu", Measures(10, 5)), ("tha", Measures(40, 0))], "eng");
        parity.Languages.ShouldBe([("eng", 1.0), ("deu", 1.5), ("tha", 4.0)]);
        parity.Median.ShouldBe(1.5);
        parity.Worst.ShouldBe(("tha", 4.0));
        parity.ShareAboveTwo.ShouldBe(1 / 3.0);
        Should.Throw<ArgumentException>(() => LanguageParity.Of([("eng", Measures(0, 0))], "eng"));
        Should.Throw<ArgumentException>(() => LanguageParity.Of([("deu", Measures(1, 0))], "eng"));
    }

    private static TextMeasures Measures(long first, long second) =>
        new() { Bytes = 1, Characters = 1, Words = 1, Tokens = first + second, UnknownTokens = 0, ContinuedWords = 0, Counts = [first, second] };
}
