using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Training;

namespace Tessera.Tokenizers.Tests.Training;

public sealed class BpeTrainerTests
{
    private static readonly string[] s_texts = [.. Enumerable.Range(0, 40).Select(static i => $"the theory of {i} then that thing, low lower lowest\n")];

    private static readonly BpeTrainerOptions s_options = new() { VocabularySize = 300, BeginOfSequence = "<s>", EndOfSequence = "</s>", AddBeginOfSequence = true, Pattern = SplitPattern.DigitsThenGpt2 };

    [Fact]
    public void SpecialsComeFirstThenTheBytesThenTheMostFrequentPairs()
    {
        var tokenizer = BpeTrainer.Train(s_texts, s_options);
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
        var tokenizer = BpeTrainer.Train(s_texts, s_options with { Pattern = pattern });
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
        var reports = new List<BpeTrainingProgress>();
        BpeTrainer.Train(s_texts, s_options, new Immediate(reports.Add));
        reports[^1].Tokens.ShouldBe(280); // the text has no more pairs
        reports[^1].Texts.ShouldBe(40);
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

        Should.Throw<OperationCanceledException>(() => BpeTrainer.Train(Texts(), s_options, null, source.Token));
    }

    [Fact]
    public void AVocabularySmallerThanTheBytesIsRefused() =>
        Should.Throw<ArgumentException>(() => BpeTrainer.Train(s_texts, new BpeTrainerOptions { VocabularySize = 255 }));

    [Fact]
    public void TextWithoutPairsGivesTheBytesAlone()
    {
        var tokenizer = BpeTrainer.Train(["a", "b"], new BpeTrainerOptions());
        tokenizer.VocabularySize.ShouldBe(256);
        tokenizer.Decode(tokenizer.EncodeToIds("zä")).ShouldBe("zä");
    }

    [Fact]
    public void MinimumFrequencyAndLengthStopMerges()
    {
        BpeTrainer.Train(["ab", "ab", "cd"], new BpeTrainerOptions { MinFrequency = 2 }).VocabularySize.ShouldBe(257);
        var tokenizer = BpeTrainer.Train([string.Concat(Enumerable.Repeat("abcdefgh ", 9))], new BpeTrainerOptions { MaxTokenLength = 4 });
        Enumerable.Range(256, tokenizer.VocabularySize - 256).Max(id => tokenizer.TokenBytes(id).Length).ShouldBe(3);
    }

    private sealed class Immediate(Action<BpeTrainingProgress> report) : IProgress<BpeTrainingProgress>
    {
        public void Report(BpeTrainingProgress value) => report(value);
    }
}
