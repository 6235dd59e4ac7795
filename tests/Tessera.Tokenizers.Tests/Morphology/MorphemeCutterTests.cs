using FsCheck;
using FsCheck.Xunit;
using Tessera.Tokenizers.Morphology;

namespace Tessera.Tokenizers.Tests.Morphology;

public sealed class MorphemeCutterTests
{
    private static readonly LexiconAnalyser s_lexicon = new([("unhappi", null, 1), ("ness", "suffix", 1), ("walk", "verb", 1), ("ing", "suffix", 1), ("ed", "suffix", 1)]);

    [Fact]
    public void WordsAreCutAtTheMorphemesOfTheList()
    {
        new MorphemeCutter(s_lexicon).Cut("walking walked, unhappiness").ShouldBe(["walk", "ing walk", "ed", ", unhappi", "ness"]);
        s_lexicon.Analyse("walking").Select(static m => m.Tag).ShouldBe(["verb", "suffix"]);
        s_lexicon.Analyse("xyzing").ShouldBe([new Morpheme(0, 3), new Morpheme(3, 3, "suffix")]);
        s_lexicon.Analyse("zzz").ShouldBe([new Morpheme(0, 3)]); // one run, not three
    }

    [Property(MaxTest = 200)]
    public bool PiecesAddUpToTheText(string text)
    {
        var cutter = new MorphemeCutter(s_lexicon);
        return string.Concat(cutter.Cut(text ?? "")) == (text ?? "") && string.Concat(cutter.Cut((text ?? "") + " walking")).EndsWith("walking", StringComparison.Ordinal);
    }

    [Fact]
    public void TheLongestSuffixGoesFirstAndAStemStays()
    {
        var suffixes = new SuffixAnalyser(["ler", "lerde", "de"]);
        new MorphemeCutter(suffixes).Cut("evlerde evler de").ShouldBe(["ev", "lerde ev", "ler de"]);
        suffixes.Analyse("ler").ShouldBe([new Morpheme(0, 3, "stem")]);
        Should.Throw<ArgumentException>(() => new SuffixAnalyser([]));
    }

    [Fact]
    public void TextThatSomebodyCutTeachesItsWords()
    {
        var known = SegmentedTextAnalyser.Read(new StringReader("walk+ing walk+ing wal+king\nkind+ness"));
        new MorphemeCutter(known).Cut("walking kindness other").ShouldBe(["walk", "ing kind", "ness other"]);
        known.Words.ShouldBe(2);
        Should.Throw<MalformedInputException>(() => SegmentedTextAnalyser.Read(new StringReader(" \n")));
    }

    [Fact]
    public void WhatAnAnalyserGivesIsChecked()
    {
        Should.Throw<ArgumentException>(() => new MorphemeCutter(new Broken(new(0, 3), new(2, 1))).Cut("abcd").ToList()).Message.ShouldContain("1 at 2");
        Should.Throw<ArgumentException>(() => new MorphemeCutter(new Broken(new Morpheme(2, 9))).Cut("abcd").ToList());
        Should.Throw<ArgumentException>(() => new MorphemeCutter(new Broken(new Morpheme(0, 0))).Cut("abcd").ToList());
        Should.Throw<ArgumentException>(() => new LexiconAnalyser([("", null, 1)]));
        Should.Throw<MalformedInputException>(() => LexiconAnalyser.Read(new StringReader("walk\tverb\tmuch")));
    }

    [Fact]
    public void ATokenizerOfMorphemesCutsAtEachOfThem()
    {
        var tokenizer = new MorphemeTokenizer(TinyTokenizers.ByteLevel(("k", "i"), ("w", "a"), ("i", "n"), ("in", "g")), s_lexicon, s_lexicon.Identity);
        var tokens = tokenizer.EncodeToTokens("walking");
        tokens.Select(static t => t.Value).ShouldBe(["wa", "l", "k", "ing"]); // "ki" would cross the boundary
        tokens[^1].Offset.ShouldBe(4..7);
        tokenizer.EncodeToIds("walking").ShouldBe(tokens.Select(static t => t.Id));
        Should.Throw<ArgumentException>(() => new MorphemeTokenizer(tokenizer.Tokenizer, s_lexicon, "another"));
        new LexiconAnalyser([("walk", null, 2)]).Identity.ShouldNotBe(new LexiconAnalyser([("walk", null, 1)]).Identity);
    }

    private sealed class Broken(params Morpheme[] morphemes) : IMorphemeAnalyser
    {
        public string Identity => "broken";

        public IReadOnlyList<Morpheme> Analyse(string text) => morphemes;
    }
}
