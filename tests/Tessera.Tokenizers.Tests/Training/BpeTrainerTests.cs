using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Training;

namespace Tessera.Tokenizers.Tests.Training;

public sealed class BpeTrainerTests
{
    private static readonly string[] s_texts = [.. Enumerable.Range(0, 40).Select(static i => $"the theory of {i} then that thing, low lower lowest\n")];

    private static readonly BpeTrainerOptions s_options = new() { VocabularySize = 300, BeginOfSequence = "<s>", EndOfSequence = "</s>", AddBeginOfSequence = true, Pipeline = TrainingPipeline.ByteLevel(SplitPattern.DigitsThenGpt2) };

    [Fact]
    public void SpecialsComeFirstThenTheBytesThenTheMostFrequentPairs()
    {
        var tokenizer = new BpeTrainer(s_options).Train(s_texts);
        tokenizer.IdToToken(0).ShouldBe("<s>");
        tokenizer.IdToToken(1).ShouldBe("</s>");
        tokenizer.TokenToId("!").ShouldBe(2);
        tokenizer.IdToToken(258).ShouldBe("th"); // five of seven words hold it
        tokenizer.SpecialTokens.BeginOfSequence.ShouldBe(0);
        tokenizer.SpecialTokens.EndOfGeneration.ShouldBe([1]);
        tokenizer.EncodeToIds("the")[0].ShouldBe(0);
    }

    [Theory]
    [InlineData(SplitPattern.Gpt2)]
    [InlineData(SplitPattern.DigitsThenGpt2)]
    [InlineData(SplitPattern.Cl100k)]
    [InlineData(SplitPattern.Qwen2)]
    [InlineData(SplitPattern.O200k)]
    public void WhatIsSavedLoadsToEqualIds(SplitPattern pattern)
    {
        var tokenizer = new BpeTrainer(s_options with { Pipeline = TrainingPipeline.ByteLevel(pattern) }).Train(s_texts);
        using var stream = new MemoryStream();
        TokenizerJsonWriter.Write(tokenizer, stream);
        var fromJson = Tokenizer.FromJson(stream.ToArray());
        var fromGguf = Tokenizer.FromGguf(tokenizer.ToGgufVocabulary());
        foreach (var text in (string[])["the lower 12345 theories", "HTMLParser's\n\n  x", "é中😀<s>", ""])
        {
            var ids = tokenizer.EncodeToIds(text);
            fromJson.EncodeToIds(text).ShouldBe(ids);
            fromGguf.EncodeToIds(text).ShouldBe(ids);
            fromJson.Decode(ids, skipSpecialTokens: true).ShouldBe(text.Replace("<s>", "", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void TheCardsExampleGivesTheCardsMerges()
    {
        var words = new WordCounter();
        words.Add("low"u8, 5);
        words.Add("lower"u8, 2);
        words.Add("newest"u8, 6);
        words.Add("widest"u8, 3);
        var training = new MergeTraining(words, new MergeSettings { VocabularySize = 22 });
        training.Run(null, CancellationToken.None);
        training.Tokens.Skip(10).ShouldBe(["es", "est", "lo", "low", "ew", "new", "newest", "dest", "idest", "widest", "er", "lower"]);
    }

    [Fact]
    public void TrainingTellsHowFarItIs()
    {
        var reports = new List<TokenizerTrainingProgress>();
        new BpeTrainer(s_options).Train(s_texts, new Immediate(reports.Add));
        reports[^1].Stage.ShouldBe(TokenizerTrainingStage.Finished);
        reports[^1].Done.ShouldBe(280); // the text has no more pairs
        reports[^1].Texts.ShouldBe(40);
        reports.ShouldContain(static r => r.Stage == TokenizerTrainingStage.Counting);
    }

    [Fact]
    public void TrainingCanBeCancelled()
    {
        using var source = new CancellationTokenSource();
        IEnumerable<string> Texts()
        {
            yield return "a";
            source.Cancel();
            yield return "b";
        }

        Should.Throw<OperationCanceledException>(() => new BpeTrainer(s_options).Train(Texts(), null, source.Token));
    }

    [Fact]
    public void AVocabularySmallerThanTheBytesIsRefused() =>
        Should.Throw<ArgumentException>(() => new BpeTrainer(new BpeTrainerOptions { VocabularySize = 255 }).Train(s_texts));

    [Fact]
    public void TextWithoutPairsGivesTheBytesAlone()
    {
        var tokenizer = new BpeTrainer(new BpeTrainerOptions()).Train(["a", "b"]);
        tokenizer.VocabularySize.ShouldBe(256);
        tokenizer.Decode(tokenizer.EncodeToIds("zä")).ShouldBe("zä");
    }

    [Fact]
    public void MinimumFrequencyAndLengthStopMerges()
    {
        new BpeTrainer(new BpeTrainerOptions { MinFrequency = 2 }).Train(["ab", "ab", "cd"]).VocabularySize.ShouldBe(257);
        var tokenizer = new BpeTrainer(new BpeTrainerOptions { MaxTokenLength = 4 }).Train([string.Concat(Enumerable.Repeat("abcdefgh ", 9))]);
        Enumerable.Range(256, tokenizer.VocabularySize - 256).Max(id => tokenizer.TokenBytes(id).Length).ShouldBe(3);
    }

    [Fact]
    public void TheNumberOfThreadsChangesNothing()
    {
        var random = new Random(1);
        string[] texts = [.. Enumerable.Range(0, 3_000).Select(_ => string.Concat(Enumerable.Range(0, 400).Select(_ => (char)(random.Next(12) == 0 ? ' ' : 'a' + random.Next(5)))))];
        var tokenizers = new[] { 1, 2, 5 }.Select(threads => new BpeTrainer(new BpeTrainerOptions
        {
            VocabularySize = 200, Pipeline = TrainingPipeline.Whitespace, ContinuingPrefix = "##", Threads = threads,
        }).Merges(TrainingTexts.Of(texts), null, CancellationToken.None)).ToList();
        tokenizers[0].Merges.Count().ShouldBeGreaterThan(100);
        foreach (var other in tokenizers.Skip(1))
        {
            other.Tokens.ShouldBe(tokenizers[0].Tokens);
            other.Merges.ShouldBe(tokenizers[0].Merges);
        }
    }

    [Fact]
    public void MoreDistinctWordsThanAllowedAreRefusedWithNumbers()
    {
        var trainer = new BpeTrainer(new BpeTrainerOptions { MaxDistinctWords = 3, Threads = 1 });
        var refusal = Should.Throw<ResourceLimitException>(() => trainer.Train(["one two", "one three four"]));
        (refusal.Needed, refusal.Allowed).ShouldBe((4, 3));
    }

    [Fact]
    public void WithAPrefixOrASuffixTheTokenizerCutsAsItWasTrained()
    {
        var tokenizer = new BpeTrainer(new BpeTrainerOptions { VocabularySize = 60, Pipeline = TrainingPipeline.Whitespace, EndSuffix = "</w>", Unknown = "<unk>" }).Train(s_texts);
        tokenizer.EncodeToTokens("the low").Select(static t => t.Value).ShouldContain("the</w>");
        tokenizer.Decode(tokenizer.EncodeToIds("the lowest thing")).ShouldBe("the lowest thing");
        tokenizer.EncodeToIds("é")[0].ShouldBe(0);
    }

    [Theory]
    [InlineData(1, null)]
    [InlineData(null, 0)]
    public void BoundsThatLeaveNothingAreRefused(int? maxTokenLength, int? limitAlphabet) =>
        Should.Throw<ArgumentException>(() => new BpeTrainer(new BpeTrainerOptions { MaxTokenLength = maxTokenLength, LimitAlphabet = limitAlphabet }));

    private sealed class Immediate(Action<TokenizerTrainingProgress> report) : IProgress<TokenizerTrainingProgress>
    {
        public void Report(TokenizerTrainingProgress value) => report(value);
    }
}
