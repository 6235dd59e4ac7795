using Tessera.Tokenizers.Measures.Composition;

namespace Tessera.Tokenizers.Tests.Measures;

public sealed class VocabularyClassifierTests
{
    private static readonly VocabularyClassifier s_classifier = new();

    /// <summary>The worked example of the method's description.</summary>
    private static readonly (string? Text, TokenClass Class, string? Script)[] s_example =
    [
        (" the", TokenClass.SpacedAlpha, "LATIN"), ("ing", TokenClass.InnerAlpha, "LATIN"), ("ж", TokenClass.CharacterAlpha, "CYRILLIC"), (" слово", TokenClass.SpacedAlpha, "CYRILLIC"),
        ("<s>", TokenClass.Control, null), ("</p>", TokenClass.InnerOther, null), (null, TokenClass.Flank, null), ("12", TokenClass.InnerOther, null), (" 12", TokenClass.SpacedOther, null),
        ("  ", TokenClass.SpacedOther, null), ("\n\n", TokenClass.InnerError, null), ("naïve", TokenClass.InnerAlpha, "LATIN"), ("αβ", TokenClass.InnerAlpha, "GREEK"), ("aж", TokenClass.InnerOther, null),
    ];

    [Fact]
    public void TheWorkedExampleIsClassifiedAndCounted()
    {
        VocabularyEntry[] entries = [.. s_example.Select(static (e, i) => new VocabularyEntry(i, e.Text, e.Text ?? "<0yâĤ>", false))];
        for (var i = 0; i < entries.Length; i++) s_classifier.Classify(entries[i]).ShouldBe((s_example[i].Class, s_example[i].Script), s_example[i].Text);
        var composition = s_classifier.Describe("example", entries);
        composition.Entries.ShouldBe(14);
        composition.Percent(TokenClass.InnerAlpha).ShouldBe(21.43, 0.005);
        composition.Letters.ShouldBe(6);
        composition.Percent("LATIN", TokenClass.InnerAlpha).ShouldBe(33.33, 0.005);
        composition.Percent("GREEK").ShouldBe(16.67, 0.005);
        composition.WordInitialShare("LATIN").ShouldBe(1 / 3.0, 1e-12);
        Enum.GetValues<TokenClass>().Sum(composition.Count).ShouldBe(14);
        Enum.GetValues<TokenClass>().Sum(composition.Percent).ShouldBe(100, 1e-9);
        composition.Completeness.ShouldBe(100 * 13 / 14.0, 1e-9);
    }

    [Theory]
    [InlineData("a", TokenClass.CharacterAlpha, TokenClass.SingleByte)] // the paper's program takes letters of the byte alphabet for bytes
    [InlineData("µm", TokenClass.InnerOther, TokenClass.InnerOther)] // MICRO SIGN is no Latin
    [InlineData("語", TokenClass.CharacterAlpha, TokenClass.CharacterAlpha)]
    [InlineData("\u0378", TokenClass.CharacterError, TokenClass.CharacterError)]
    [InlineData("\U0001FAE8", TokenClass.CharacterOther, TokenClass.CharacterError)] // Unicode 15, which the paper's program does not know
    [InlineData("[MASK]", TokenClass.Control, TokenClass.Control)]
    public void ClearAndCompatibleModesDifferWhereTheyShould(string text, TokenClass clear, TokenClass compatible)
    {
        var entry = new VocabularyEntry(0, text, text, false);
        s_classifier.Classify(entry).Class.ShouldBe(clear);
        new VocabularyClassifier(compatible: true).Classify(entry).Class.ShouldBe(compatible);
    }

    [Fact]
    public void EveryKindOfVocabularyIsReadAsWhatItStandsFor()
    {
        var bytes = TinyTokenizers.ByteLevel(("Ġ", "a"));
        var entries = VocabularyEntry.Of(bytes).ToList();
        entries.Count.ShouldBe(257);
        entries[256].Text.ShouldBe(" a");
        entries.Count(static e => e is { Text: null, IsSingleByte: true }).ShouldBe(128); // bytes from 80 on

        var wordPiece = TinyTokenizers.Of("""{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"[UNK]":0,"walk":1,"##ing":2}}""");
        VocabularyEntry.Of(wordPiece).Select(static e => e.Text).ShouldBe(["[UNK]", " walk", "ing"]);
    }

    [Fact]
    public void LanguagesShareTheirEntriesAndUnknownOnesAreListed()
    {
        var map = new TokenLanguageMap([new(" the", ["en"]), new("ing", ["en", "de"])]);
        VocabularyEntry[] entries = [.. ((string[])[" the", "ing", "αβ", "x"]).Select(static (t, i) => new VocabularyEntry(i, t, t, false))];
        var languages = VocabularyLanguages.Of("example", entries, s_classifier, map);
        languages.Percent("en").ShouldBe(75);
        languages.Percent("de").ShouldBe(25);
        languages.OriginalPercent("en").ShouldBe(50);
        languages.OriginalPercent("de").ShouldBe(100 / 6.0, 1e-9);
        languages.Unknown.ShouldBe(["αβ"]);
    }

    [Fact]
    public void AMapIsBuiltFromEnoughDifferentWords()
    {
        var map = TokenLanguageMap.Build([("en", "walking talking singing bringing ringing thing"), ("de", "singen ringen gelingen dingen klingen")], ["ing", " sing", "zzz"]);
        map.Of("ing").ShouldBe(["de", "en"]);
        map.Of(" sing").ShouldBeEmpty(); // one word in each
        map.Of("zzz").ShouldBeEmpty();
    }

    [Fact]
    public void DeadEntriesAreFound()
    {
        // "abc" has no merge that leads to it.
        var dead = TinyTokenizers.Of(TinyTokenizers.Bpe(["a", "b", "c", "ab", "abc"], ["a b"]));
        var (unreached, tried) = VocabularyComposition.Unreachable(dead);
        tried.ShouldBe(5);
        unreached.Select(static e => e.Text).ShouldBe(["abc"]);
    }
}
