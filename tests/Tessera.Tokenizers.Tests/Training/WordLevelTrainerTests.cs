using Tessera.Tokenizers.Training;

namespace Tessera.Tokenizers.Tests.Training;

public sealed class WordLevelTrainerTests
{
    [Fact]
    public void FrequentWordsComeFirstAndEquallyFrequentOnesByCodePoints()
    {
        // U+FF21 has a higher UTF-16 unit than the surrogates of U+1F600, and a lower code point.
        var trainer = new WordLevelTrainer(new WordLevelTrainerOptions { Pipeline = TrainingPipeline.WhitespaceSplit });
        trainer.Tokens(TrainingTexts.Of(["b a 😀 Ａ b", "<unk>"]), null, CancellationToken.None).ShouldBe(["<unk>", "b", "a", "Ａ", "😀"]);
    }

    [Fact]
    public void RareWordsAreUnknown()
    {
        var tokenizer = new WordLevelTrainer(new WordLevelTrainerOptions { MinFrequency = 2 }).Train(["one two two", "three two one"]);
        tokenizer.VocabularySize.ShouldBe(3);
        tokenizer.EncodeToIds("two three one").ShouldBe([1, 0, 2]);
    }
}
