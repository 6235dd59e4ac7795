using System.Text;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.SentencePiece;
using Tessera.Tokenizers.Training;

namespace Tessera.Tokenizers.Tests.Training;

public sealed class SentencePieceTrainerTests
{
    private static readonly string[] s_texts = [.. Enumerable.Range(0, 60).Select(static i => $"the theory of {i}  then that thing, ﬁne low lower lowest, everything new")];

    private static readonly SentencePieceTrainerOptions s_options = new() { VocabularySize = 80, CharacterCoverage = 1 };

    [Theory]
    [InlineData(SentencePieceAlgorithm.Unigram)]
    [InlineData(SentencePieceAlgorithm.Bpe)]
    [InlineData(SentencePieceAlgorithm.Word)]
    [InlineData(SentencePieceAlgorithm.Character)]
    public void TheModelFileReadsBack(SentencePieceAlgorithm algorithm)
    {
        var model = new SentencePieceTrainer(s_options with { Algorithm = algorithm }).TrainModel(TrainingTexts.Of(s_texts));
        var tokenizer = SentencePieceTokenizer.Read(model.ToModelFile());
        tokenizer.Algorithm.ShouldBe(algorithm);
        (tokenizer.Unknown, tokenizer.BeginOfSequence, tokenizer.EndOfSequence).ShouldBe((0, 1, 2));
        tokenizer.VocabularySize.ShouldBe(model.VocabularySize);
        model.Pieces.Select(static p => p.Text).ShouldBe(Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.IdToPiece));
        tokenizer.Decode(tokenizer.EncodeToIds(s_texts[7])).ShouldBe("the theory of 7 then that thing, fine low lower lowest, everything new");
    }

    [Theory]
    [InlineData(SentencePieceAlgorithm.Unigram, false)]
    [InlineData(SentencePieceAlgorithm.Bpe, false)]
    [InlineData(SentencePieceAlgorithm.Unigram, true)]
    [InlineData(SentencePieceAlgorithm.Bpe, true)]
    public void BothTokenizersCutAlike(SentencePieceAlgorithm algorithm, bool byteFallback)
    {
        var model = new SentencePieceTrainer(s_options with { Algorithm = algorithm, ByteFallback = byteFallback, VocabularySize = byteFallback ? 340 : 80 }).TrainModel(TrainingTexts.Of(s_texts));
        var (original, tokenizer) = (model.ToSentencePieceTokenizer(), model.ToTokenizer());
        using var stream = new MemoryStream();
        TokenizerJsonWriter.Write(tokenizer, stream);
        var loaded = Tokenizer.FromJson(stream.ToArray());
        foreach (var text in (string[])["the  newest thing", " lower ", "ﬁfty 12", "Ωx"])
        {
            tokenizer.EncodeToIds(text).ShouldBe(original.EncodeToIds(text));
            loaded.EncodeToIds(text).ShouldBe(original.EncodeToIds(text));
        }
    }

    [Fact]
    public void PiecesWithAMeaningAreCutOutOfTheText()
    {
        var pieces = new SentencePieceTrainer(s_options with { Algorithm = SentencePieceAlgorithm.Bpe, SpecialTokens = ["<sep>"], VocabularySize = 20 })
            .TrainModel(TrainingTexts.Of([.. Enumerable.Repeat("ab<sep>ab</s>ab", 9)])).Pieces.ToList();
        pieces[3].ShouldBe(("<sep>", 0f, 3));
        pieces.Skip(4).ShouldAllBe(static p => !p.Text.Contains('<') && !p.Text.Contains('>'));
    }

    [Fact]
    public void MergesAreThoseOfTheMostFrequentPairShorterThenSmallerFirst()
    {
        var pieces = new SentencePieceTrainer(s_options with { Algorithm = SentencePieceAlgorithm.Bpe, VocabularySize = 9, AddDummyPrefix = false }).TrainModel(TrainingTexts.Of(["cd", "ab", "ab", "cd"])).Pieces;
        pieces.Skip(3).Select(static p => (p.Text, p.Score)).ShouldBe([("ab", -0f), ("cd", -1f), ("a", -2f), ("b", -3f), ("c", -4f), ("d", -5f)]);
    }

    [Fact]
    public void PiecesHoldOneScriptAndBlanksAtTheirStart()
    {
        var rule = new PieceRule(s_options);
        foreach (var allowed in (string[])["▁the", "▁", "カな漢", "éa"]) rule.Allows(allowed).ShouldBeTrue(allowed);
        foreach (var refused in (string[])["", "a▁", "a▁b", "aж", "a1", "▅", "a b", new string('a', 17)]) rule.Allows(refused).ShouldBeFalse(refused);
        var free = new PieceRule(s_options with { SplitByWhitespace = false, SplitByScript = false });
        free.Allows("a▁b").ShouldBeTrue();
        free.Allows("a1").ShouldBeTrue();
        free.Allows("a▁").ShouldBeFalse();
        new PieceRule(s_options with { SplitByNumber = false }).Allows("a1").ShouldBeTrue();
        new PieceRule(s_options with { SplitByNumber = false, SplitDigits = true }).Allows("a1").ShouldBeFalse();
    }

    [Theory]
    [InlineData("あい", true)] // the end of a text and あ follow
    [InlineData("あいあ", false)] // う (E3 81 86) and え (E3 81 88) follow, which begin with the same two bytes
    [InlineData("あいあう", true)]
    public void SeedsAreFollowedByDifferentBytesAndHoldWholeCharacters(string seed, bool isOne)
    {
        string[] texts = ["xあい", "yあい", "zあいあう", "wあいあう", "vあいあえ", "uあいあえ"];
        var pieces = new SentencePieceTrainer(new() { VocabularySize = 60, CharacterCoverage = 1, SplitByScript = false, AddDummyPrefix = false, SubIterations = 1 }).TrainModel(TrainingTexts.Of(texts)).Pieces;
        pieces.Any(p => p.Text == seed).ShouldBe(isOne);
    }

    [Fact]
    public void NoPieceIsWorseThanItsParts()
    {
        var words = new WordCounter(1_000);
        foreach (var (word, i) in string.Join(' ', s_texts).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static (w, i) => (w, i))) words.Add(Encoding.UTF8.GetBytes(word), 1 + i % 3);
        var texts = Enumerable.Range(0, words.Count).Select(w => Encoding.UTF8.GetString(words[w])).ToList();
        var seeds = texts.SelectMany(static t => Enumerable.Range(0, t.Length).SelectMany(s => Enumerable.Range(1, t.Length - s).Select(l => t.Substring(s, l)))).GroupBy(static s => s).Select(static g => (g.Key, (double)g.Count() * g.Key.Length)).ToList();
        var pieces = UnigramTraining.Run(words, seeds, new UnigramSettings { VocabularySize = 40, FollowsSentencePiece = true }, null, CancellationToken.None).Pieces;
        pieces.Count.ShouldBeInRange(20, 44);
        var scores = pieces.ToDictionary(static p => p.Text, static p => p.Score);
        foreach (var (text, score) in pieces)
        {
            for (var cut = 1; cut < text.Length; cut++)
            {
                if (scores.TryGetValue(text[..cut], out var left) && scores.TryGetValue(text[cut..], out var right)) (left + right).ShouldBeLessThanOrEqualTo(score + 1e-12);
            }
        }
    }

    [Fact]
    public void TheNumberOfThreadsChangesNothing()
    {
        foreach (var algorithm in (SentencePieceAlgorithm[])[SentencePieceAlgorithm.Unigram, SentencePieceAlgorithm.Bpe])
        {
            byte[] Train(int threads) => new SentencePieceTrainer(s_options with { Algorithm = algorithm, Threads = threads }).TrainModel(TrainingTexts.Of(s_texts)).ToModelFile();
            Train(3).ShouldBe(Train(1));
        }
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        Should.Throw<ArgumentException>(() => new SentencePieceTrainer(s_options with { VocabularySize = 3 }));
        Should.Throw<ArgumentException>(() => new SentencePieceTrainer(s_options with { CharacterCoverage = double.NaN }));
        Should.Throw<ArgumentException>(() => new SentencePieceTrainer(s_options with { VocabularySize = 10 }).TrainModel(TrainingTexts.Of(s_texts))).Message.ShouldContain("characters");
        Should.Throw<ArgumentException>(() => new SentencePieceTrainer(s_options).TrainModel(TrainingTexts.Of([])));
        Should.Throw<ResourceLimitException>(() => new SentencePieceTrainer(s_options with { MaxSeedBytes = 100 }).TrainModel(TrainingTexts.Of(s_texts)));
    }
}
