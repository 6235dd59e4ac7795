using System.Text;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Training;

namespace Tessera.Tokenizers.Tests.Training;

public sealed class LessIsBetterTests
{
    private static readonly string[] s_texts = ["the dog sees the cat", "the cat sees the dog", "a dog and a cat", "the dog and the cat see a dog"];

    [Fact]
    public void AChunkThatWinsItsTestMovesUp()
    {
        // The card's case: a, b, ab with "abb": read as ab against a b, ab has fewer parts, and moves from rank 2 to rank 1.
        var learner = new LessIsBetterLearner(["ab"u8.ToArray()], new LessIsBetterOptions { Life = 100 }, static () => false);
        learner.Lexicon.Append("ab"u8);
        learner.Read(["ab"u8.ToArray()]);
        learner.Lexicon.ToTexts().ShouldBe(["a", "b", "ab"]); // the test is still open at the sentence's end
        learner.Read(["abb"u8.ToArray()]);
        learner.Lexicon.ToTexts().ShouldBe(["a", "ab", "b"]);
    }

    [Fact]
    public void WhatIsProposedTwiceInADocumentIsMemorised()
    {
        var learner = new LessIsBetterLearner(["xy"u8.ToArray()], new LessIsBetterOptions(), static () => true);
        learner.Read(["xy"u8.ToArray()]);
        learner.Lexicon.Count.ShouldBe(2);
        learner.Read(["xy"u8.ToArray(), "xy"u8.ToArray()]);
        learner.Lexicon.ToTexts().ShouldBe(["x", "y", "xy"]);
    }

    [Fact]
    public void TrieAndListAgreeAndNoChunkStandsThereTwice()
    {
        var random = new Random(2);
        var learner = new LessIsBetterLearner([.. s_texts.Select(Encoding.UTF8.GetBytes)], new LessIsBetterOptions { Life = 3, Beta = 0.1 }, () => random.Next(2) == 0);
        for (var epoch = 0; epoch < 60; epoch++)
        {
            learner.Read([.. Enumerable.Range(0, 20).Select(_ => Encoding.UTF8.GetBytes(s_texts[random.Next(s_texts.Length)]))]);
            var texts = learner.Lexicon.ToTexts();
            texts.Distinct().Count().ShouldBe(texts.Length);
            for (var rank = 0; rank < texts.Length; rank++) learner.Lexicon.RankOf(learner.Lexicon.Find(Encoding.UTF8.GetBytes(texts[rank]))).ShouldBe(rank);
        }
    }

    [Fact]
    public void ALexiconTakesChunksApart()
    {
        var lexicon = new LessIsBetterLexicon(["the", "d", "o", "g", "do", "dog", "thedog", "a"]);
        lexicon.Encode("thedogxa").ShouldBe(["thedog", "x", "a"]);
        lexicon.Encode("thedog", mostCharacters: 3).ShouldBe(["the", "dog"]);
        lexicon.Decompose("thedog", 1).ShouldBe(["the", "dog"]);
        lexicon.Decompose("thedog").ShouldBe(["the", "do", "g"]);
        lexicon.Decompose("zzz").ShouldBe(["zzz"]);
    }

    [Fact]
    public void TheTokenizerLosesNothingAndLoadsAgain()
    {
        var tokenizer = new LessIsBetterTrainer(new LessIsBetterOptions { Epochs = 30, SentencesPerDocument = 20, VocabularySize = 300 }).Train(s_texts);
        tokenizer.VocabularySize.ShouldBeLessThanOrEqualTo(300);
        using var stream = new MemoryStream();
        TokenizerJsonWriter.Write(tokenizer, stream);
        var loaded = Tokenizer.FromJson(stream.ToArray());
        foreach (var text in (string[])[.. s_texts, "Ω unseen 中\n"])
        {
            tokenizer.Decode(tokenizer.EncodeToIds(text)).ShouldBe(text);
            loaded.EncodeToIds(text).ShouldBe(tokenizer.EncodeToIds(text));
        }

        tokenizer.CountTokens("the dog sees the cat").ShouldBeLessThan(20);
    }

    [Fact]
    public void TheSeedNamesTheLexicon()
    {
        LessIsBetterLexicon Learn(ulong seed) => new LessIsBetterTrainer(new LessIsBetterOptions { Epochs = 20, Seed = seed }).TrainLexicon(TrainingTexts.Of(s_texts));
        Learn(3).Chunks.ShouldBe(Learn(3).Chunks);
        Learn(3).Chunks.ShouldNotBe(Learn(4).Chunks);
    }

    [Theory]
    [InlineData(1, 0.25)]
    [InlineData(12, 1.5)]
    [InlineData(12, double.NaN)]
    public void SettingsOutOfRangeAreRefused(int maxLength, double alpha) =>
        Should.Throw<ArgumentException>(() => new LessIsBetterTrainer(new LessIsBetterOptions { MaxLength = maxLength, Alpha = alpha }));

    [Fact]
    public void WhereThereIsNoTextThereIsNoLexicon() =>
        Should.Throw<ArgumentException>(() => new LessIsBetterTrainer(new LessIsBetterOptions()).Train(["", " "]));
}
