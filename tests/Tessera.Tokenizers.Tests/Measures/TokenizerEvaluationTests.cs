using Tessera.Tokenizers.Measures;
using Tessera.Tokenizers.Measures.Lexical;

namespace Tessera.Tokenizers.Tests.Measures;

public sealed class TokenizerEvaluationTests
{
    private static readonly Tokenizer s_bytes = TinyTokenizers.ByteLevel(("a", "b"), ("Ġ", "ab"));

    [Fact]
    public void EverythingThatIsAskedForIsThere()
    {
        EvaluationText[] texts = [new("eng", ["ab ab ab ab"]), new("xxx", ["xy xy xy xy", "more of it"])];
        var evaluation = TokenizerEvaluation.Measure("tiny", s_bytes, texts, new EvaluationOptions
        {
            ReferenceLanguage = "eng", Lexicon = new Lexicon(["ab"], []), Noise = 0.2, Theory = true,
        });
        evaluation.Error.ShouldBeNull();
        evaluation.Texts.Count.ShouldBe(2);
        evaluation.Total!.Tokens.ShouldBe(evaluation.Texts.Sum(static t => t.Tokens));
        evaluation.Parity!.Languages[0].ShouldBe(("eng", 1.0));
        evaluation.Lexical!.Words.ShouldBe(["ab"]);
        evaluation.Stability!.Value.ShouldBeInRange(0, 1);
        evaluation.Theory!.Loss.CharactersPerToken.ShouldBeGreaterThan(0);
        evaluation.Composition.Entries.ShouldBe(258);
    }

    [Fact]
    public void WithoutTextsTheVocabularyAloneIsDescribed()
    {
        var evaluation = TokenizerEvaluation.Measure("tiny", s_bytes, []);
        evaluation.Total.ShouldBeNull();
        evaluation.Texts.ShouldBeEmpty();
        evaluation.VocabularySize.ShouldBe(258);
    }

    [Fact]
    public void ATokenizerThatCannotExpressATextTellsWhy()
    {
        var words = TinyTokenizers.Of(TinyTokenizers.WordLevel("the", "ship")); // its unknown token is not in its vocabulary
        var evaluation = TokenizerEvaluation.Measure("words", words, [new("text", ["the sea"])]);
        evaluation.Error.ShouldNotBeNull().ShouldContain("unknown token");
        evaluation.Total.ShouldBeNull();
        Should.Throw<ArgumentException>(() => TokenizerEvaluation.Measure("tiny", s_bytes, [new("a", ["b"])], new EvaluationOptions { ReferenceLanguage = "eng" }));
    }

    [Fact]
    public void CutsOfShortTokensAreSteadier()
    {
        string[] texts = ["abababab abababab ab ab ab abab abab"];
        var single = TinyTokenizers.ByteLevel();
        BoundaryStability.Measure(single, texts, 0.1).ShouldBeGreaterThanOrEqualTo(BoundaryStability.Measure(s_bytes, texts, 0.1));
        BoundaryStability.Measure(single, texts, 1e-9).ShouldBe(1);
        Should.Throw<ArgumentOutOfRangeException>(() => BoundaryStability.Measure(single, texts, double.NaN));
    }

    [Fact]
    public void CorruptionIsNamedByItsSeedAndKnowsWhereThingsWent()
    {
        var text = string.Concat(Enumerable.Repeat("The ship sails. ", 50));
        var (first, places) = BoundaryStability.Corrupt(text, 0.1, 7);
        BoundaryStability.Corrupt(text, 0.1, 7).Text.ShouldBe(first);
        BoundaryStability.Corrupt(text, 0.1, 8).Text.ShouldNotBe(first);
        BoundaryStability.Corrupt(text, 0).Text.ShouldBe(text);
        places[0].ShouldBe(0);
        places[^1].ShouldBe(first.Length);
        places.Where(static p => p >= 0).ShouldBeInOrder();
        places.Count(static p => p < 0).ShouldBeInRange(5, 60); // a third of a tenth of 800
    }

    [Fact]
    public void DifferencesRunFromOneCommonBoundaryToTheNext()
    {
        var other = TinyTokenizers.ByteLevel(("b", "Ġ"));
        var differences = SegmentationDifference.Between("xab ab", s_bytes, other);
        differences.Select(static d => (d.Start, d.End)).ShouldBe([(1, 3), (3, 6)]); // both cut before the blank
        differences[1].First.Count.ShouldBe(1);
        differences[1].Second.Count.ShouldBe(3);
        SegmentationDifference.Between("xab ab", s_bytes, s_bytes).ShouldBeEmpty();
        SegmentationDifference.Between("", s_bytes, other).ShouldBeEmpty();
        SegmentationDifference.Between("é語", s_bytes, other).ShouldBeEmpty(); // bytes of one character are the same cut
    }

    [Fact]
    public void VocabulariesShareWhatStandsForTheSameBytes()
    {
        var pieces = TinyTokenizers.Of(TinyTokenizers.WordLevel("ab", "語"));
        var overlap = VocabularyOverlap.Between(s_bytes, pieces);
        overlap.ShouldBe(new VocabularyOverlap(1, 257, 1));
        overlap.Jaccard.ShouldBe(1 / 259.0, 1e-12);
        VocabularyOverlap.Matrix([s_bytes, s_bytes])[0, 1].ShouldBe(1);
        VocabularyOverlap.Order(new[,] { { 1, 0, .9 }, { 0, 1, .1 }, { .9, .1, 1 } }).ShouldBe([0, 2, 1]);
        Should.Throw<ArgumentException>(() => VocabularyOverlap.Order(new double[1, 2]));
    }
}
