using Tessera.Tokenizers.Morphology;
using Tessera.Tokenizers.Training;
using Tessera.Tokenizers.Training.Supertokens;

namespace Tessera.Tokenizers.Tests.Training;

public sealed class ChunkTrainersTests
{
    private static readonly string[] s_texts = [.. Enumerable.Range(0, 200).Select(static i => $"the end of the day is the start of the night, number {i} of them.")];

    [Fact]
    public void SupertokensSpanWordsAndShortenText()
    {
        var options = new BpeTrainerOptions { VocabularySize = 420, MinFrequency = 2 };
        var words = new BpeTrainer(options).Train(s_texts);
        var super = new SupertokenTrainer(options, new StochasticChunker(seed: 3)).Train(s_texts);
        super.CountTokens(s_texts[7], EncodeOptions.PlainText).ShouldBeLessThan(words.CountTokens(s_texts[7], EncodeOptions.PlainText));
        Enumerable.Range(256, super.VocabularySize - 256).Any(id => System.Text.Encoding.UTF8.GetString(super.TokenBytes(id)).Trim().Contains(' ', StringComparison.Ordinal)).ShouldBeTrue();
        Enumerable.Range(256, super.VocabularySize - 256).Max(id => super.TokenBytes(id).Length).ShouldBeLessThanOrEqualTo(SupertokenTrainer.LongestToken);
        super.Decode(super.EncodeToIds(s_texts[7], EncodeOptions.PlainText)).ShouldBe(s_texts[7]);
        var again = new SupertokenTrainer(options with { Threads = 1 }, new StochasticChunker(seed: 3)).Train(s_texts);
        Enumerable.Range(0, super.VocabularySize).Select(again.IdToToken).ShouldBe(Enumerable.Range(0, super.VocabularySize).Select(super.IdToToken));
    }

    [Fact]
    public void NoMergeCrossesAMorpheme()
    {
        var analyser = new LexiconAnalyser([("walk", null, 1), ("talk", null, 1), ("ing", null, 1), ("ed", null, 1)]);
        string[] texts = [.. Enumerable.Repeat("walking walked talking talked", 20)];
        var options = new BpeTrainerOptions { VocabularySize = 300 };
        var plain = new BpeTrainer(options).Train(texts);
        var trainer = new MorphemeTrainer(options, analyser);
        var cut = trainer.Train(texts);
        plain.TokenToId("Ġtalking").ShouldNotBeNull();
        cut.TokenToId("Ġtalking").ShouldBeNull();
        cut.TokenToId("Ġwalk").ShouldNotBeNull();
        var exact = new MorphemeTokenizer(cut, analyser, trainer.AnalyserIdentity);
        exact.EncodeToTokens("talking walked").Select(static t => t.Value).ShouldBe(["talk", "ing", "Ġwalk", "ed"]);
        exact.Tokenizer.Decode(exact.EncodeToIds("talking walked")).ShouldBe("talking walked");
    }
}
