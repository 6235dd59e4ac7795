using Tessera.Tokenizers.Training;

namespace Tessera.Tokenizers.Tests.Training;

public sealed class WordPieceTrainerTests
{
    private static readonly string[] s_texts = ["low low low low low lower lower newest newest newest newest newest newest widest widest widest"];

    [Fact]
    public void TheCardsExampleGivesTheCardsTokens()
    {
        var trainer = new WordPieceTrainer(new WordPieceTrainerOptions { VocabularySize = 100, SpecialTokens = [], Unknown = null, Padding = null });
        var tokens = trainer.Merges(TrainingTexts.Of(s_texts), null, CancellationToken.None).Tokens;
        tokens.Take(18).ShouldBe(["d", "e", "i", "l", "n", "o", "r", "s", "t", "w", "##o", "##w", "##e", "##r", "##s", "##t", "##i", "##d"]);
        tokens.Skip(18).ShouldBe(["##es", "##est", "lo", "low", "ne", "##west", "newest", "wi", "##dest", "widest", "##er", "lower"]);
    }

    [Fact]
    public void TheTokenizerIsBerts()
    {
        var tokenizer = new WordPieceTrainer(new WordPieceTrainerOptions { VocabularySize = 100 }).Train(s_texts);
        tokenizer.TokenToId("[PAD]").ShouldBe(0);
        tokenizer.SpecialTokens.Unknown.ShouldBe(1);
        tokenizer.EncodeToTokens("Lowest, wider").Select(static t => t.Value).ShouldBe(["low", "##est", "[UNK]", "wi", "##d", "##er"]);
        tokenizer.Decode(tokenizer.EncodeToIds("lowest widest")).ShouldBe("lowest widest");
    }

    [Fact]
    public void BytesAreNoCharacters() =>
        Should.Throw<ArgumentException>(() => new WordPieceTrainer(new WordPieceTrainerOptions { Pipeline = TrainingPipeline.ByteLevel(SplitPattern.Gpt2) }));
}
