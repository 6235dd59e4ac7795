using System.Text;
using Tessera.Tokenizers.Measures;
using Tessera.Tokenizers.Measures.Lexical;

namespace Tessera.Tokenizers.Tests.Measures;

public sealed class LexicalIntegrityTests
{
    private static readonly Lexicon s_turkish = new(["evlerde", "kitaplar"], ["ev", "kitap", "ler", "de", "lar", "il", "ıl"], LetterCasing.Turkish);

    [Fact]
    public void TheWorkedExampleIsCountedBothWays()
    {
        var measure = new LexicalIntegrity(s_turkish);
        var whole = measure.Measure([("ev", 1), ("ler", 1), ("de", 1), (" kitap", 1), ("lar", 1)]);
        (whole.TypeWords, whole.TypePure).ShouldBe((100, 100));
        var cut = measure.Measure([("evl", 2), ("erde", 2), (" kitaplar", 1), ("  ", 7)]); // white space is no token here
        cut.TypeWords.ShouldBe(100 / 3.0, 1e-9);
        cut.TypePure.ShouldBe(0);
        cut.TokenWords.ShouldBe(20, 1e-9);
        cut.Tokens.ShouldBe(5);
        cut.ByLength.Sum(static l => l.Types).ShouldBe(3);
        cut.Words.ShouldBe(["kitaplar"]);
        cut.Others.ShouldBe(["erde", "evl"]);
    }

    [Fact]
    public void PiecesOfCharactersAreNeverWords()
    {
        var shares = new LexicalIntegrity(s_turkish).Measure([("ev", 1), (null, 3), (null, 1)]);
        shares.InvalidTypes.ShouldBe(2);
        shares.TypeWords.ShouldBe(100 / 3.0, 1e-9);
        shares.TokenWords.ShouldBe(20, 1e-9);
        Should.Throw<ArgumentException>(() => new LexicalIntegrity(s_turkish).Measure([(" ", 1)]));
    }

    [Theory]
    [InlineData("İL", true)]
    [InlineData("IL", true)] // ıl
    [InlineData("Ev", true)]
    [InlineData("EVLER", false)]
    [InlineData("", false)]
    public void LettersChangeCaseAsInTurkish(string word, bool known) => s_turkish.IsWord(word).ShouldBe(known);

    [Fact]
    public void WithoutTurkishAnIIsAnI()
    {
        var lexicon = new Lexicon(["il"], []);
        lexicon.IsWord("IL").ShouldBeTrue();
        lexicon.IsPure("il").ShouldBeFalse();
        Should.Throw<ArgumentException>(() => new Lexicon([], []));
        Lexicon.FromCorpus(["ship, ship! (ship) ship ship sea"]).IsWord("ship").ShouldBeTrue();
        Should.Throw<ArgumentException>(() => Lexicon.FromCorpus(["once"]));
    }

    private const string Stems = "4\nwalk/ADX\nhappy/BU\nrun/Z\n# not a comment but a stem/A\n";

    private const string Affixes = """
        SET UTF-8
        FORBIDDENWORD Z
        SFX A Y 1
        SFX A 0 ing .
        SFX D Y 2
        SFX D 0 ed [^ey]
        SFX D y ied [^aeiou]y
        SFX B Y 1
        SFX B y iness [^aeiou]y
        PFX U Y 1
        PFX U 0 un .
        """;

    [Theory]
    [InlineData("walk", true)]
    [InlineData("Walking", true)]
    [InlineData("walked", true)]
    [InlineData("walkied", false)]
    [InlineData("happiness", true)]
    [InlineData("unhappiness", true)] // a prefix and a suffix
    [InlineData("unwalk", false)] // has no such flag
    [InlineData("run", false)] // forbidden
    [InlineData("", false)]
    public void AHunspellDictionaryKnowsInflectedForms(string word, bool known) =>
        HunspellDictionary.Parse(Encoding.UTF8.GetBytes(Stems), Encoding.UTF8.GetBytes(Affixes)).IsWord(word).ShouldBe(known);

    [Fact]
    public void ItsRootsMakeTokensPure()
    {
        var dictionary = HunspellDictionary.Parse(Encoding.UTF8.GetBytes(Stems), Encoding.UTF8.GetBytes(Affixes));
        dictionary.Roots("unhappiness").ShouldBe(["happy"]);
        dictionary.Affixes.ShouldBe(["ing", "ed", "ied", "iness", "un"], ignoreOrder: true);
        var lexicon = new Lexicon([], dictionary.Affixes, analyser: dictionary);
        lexicon.IsWord("walking").ShouldBeTrue();
        lexicon.IsPure("walking").ShouldBeFalse();
        lexicon.IsPure("walk").ShouldBeTrue();
        lexicon.IsPure("ing").ShouldBeTrue();
    }

    [Theory]
    [InlineData("SET KOI8-R", typeof(UnsupportedFeatureException))]
    [InlineData("FLAG odd", typeof(UnsupportedFeatureException))]
    [InlineData("SFX A Y 1\nSFX A 0", typeof(MalformedInputException))]
    [InlineData("SFX A Y 1\nSFX A 0 s [abc", typeof(MalformedInputException))]
    public void BrokenAffixFilesAreRefusedByName(string affixes, Type error) =>
        Should.Throw(() => HunspellDictionary.Parse("walk/A"u8, Encoding.UTF8.GetBytes(affixes)), error);

    [Fact]
    public void CorrelationsOfThePublishedTableAreThoseOfAllRows()
    {
        double[] words = [48.63, 45.80, 47.01, 40.33, 50.67, 45.27, 43.93, 42.14];
        double[] scores = [72.10, 70.42, 51.29, 61.68, 70.66, 46.89, 29.37, 84.84];
        Correlation.Pearson(words, scores)!.Value.ShouldBe(0.10, 0.005);
        Correlation.Spearman(words, scores)!.Value.ShouldBe(0.21, 0.005);
        Correlation.PermutationTest(words, words)!.Value.ShouldBeLessThan(0.001);
        Correlation.Pearson(words, [1, 1, 1, 1, 1, 1, 1, 1]).ShouldBeNull();
        Should.Throw<ArgumentException>(() => Correlation.Pearson([1, 2, 3], [1, 2, 3]));
        Should.Throw<ArgumentException>(() => Correlation.Spearman([1, 2, 3, double.NaN], [1, 2, 3, 4]));
        Should.Throw<ArgumentException>(() => Correlation.PermutationTest([.. Enumerable.Range(0, 11).Select(static i => (double)i)], [.. Enumerable.Range(0, 11).Select(static i => (double)i)]));
    }
}
