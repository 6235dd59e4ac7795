using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Training;

/// <summary>
/// Less is Better: an online, unsupervised learner of a vocabulary. It reads text without being told where words are, memorises what it meets
/// twice, tests every chunk against what shorter ones would make of the same stretch, promotes those that win and forgets those that lose. The
/// vocabulary mixes parts of words, words and groups of words, and keeps both the number of tokens and the number of different ones low.
/// (Yang, Frank and van den Bosch, "Less is Better", 2020; Yang, "Rethinking Tokenization", arXiv 2403.00417.)
/// </summary>
/// <remarks>Reading is sequential by nature: one thread. Texts are cut into sentences at line ends and behind full stops, question and exclamation marks.</remarks>
[Method("lib", "Rethinking Tokenization: Crafting Better Tokenizers for Large Language Models", "2403.00417", 2024, MethodStage.Tokenizer)]
public sealed class LessIsBetterTrainer : TokenizerTrainer
{
    private readonly LessIsBetterOptions _options;

    /// <summary>Creates a trainer.</summary>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public LessIsBetterTrainer(LessIsBetterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
    }

    /// <inheritdoc/>
    public override Tokenizer Train(IEnumerable<ReadOnlyMemory<byte>> texts, IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellationToken = default) =>
        TrainLexicon(texts, progress, cancellationToken).ToTokenizer(_options.VocabularySize);

    /// <summary>Learns a lexicon.</summary>
    /// <param name="texts">The texts in UTF-8; each is looked at only until the next one is asked for.</param>
    /// <param name="progress">Told now and then how far training is; null for nobody.</param>
    /// <param name="cancellationToken">Ends training with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">There is no text.</exception>
    /// <exception cref="ResourceLimitException">There is more text than the options allow.</exception>
    public LessIsBetterLexicon TrainLexicon(IEnumerable<ReadOnlyMemory<byte>> texts, IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var (sentences, count, bytes) = Sentences(texts, progress, cancellationToken);
        if (sentences.Count == 0) throw new ArgumentException("There is no text to train on.", nameof(texts));
        LessIsBetterLearner? learner = null;
        var (epoch, coins) = (0, 0u);
        for (; epoch < _options.Epochs; epoch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var draws = new RandomKey(_options.Seed, 0, (uint)epoch, RandomPurpose.Shuffle);
            byte[][] document = [.. Enumerable.Range(0, _options.SentencesPerDocument).Select(i => sentences[draws.Below(sentences.Count, (uint)i)])];
            coins = 0;
            learner ??= new LessIsBetterLearner(document, _options, () => new RandomKey(_options.Seed, 0, (uint)epoch, RandomPurpose.Tokenize).Uniform(coins++) < _options.Alpha);
            learner.Read(document);
            progress?.Report(new TokenizerTrainingProgress(TokenizerTrainingStage.Learning, epoch + 1, _options.Epochs, count, bytes));
        }

        progress?.Report(new TokenizerTrainingProgress(TokenizerTrainingStage.Finished, epoch, epoch, count, bytes));
        return new LessIsBetterLexicon(learner!.Lexicon.ToTexts());
    }

    private (List<byte[]> Sentences, long Texts, long Bytes) Sentences(IEnumerable<ReadOnlyMemory<byte>> texts, IProgress<TokenizerTrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var sentences = new List<byte[]>();
        var (count, bytes) = (0L, 0L);
        foreach (var text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            count++;
            bytes += text.Length;
            if (bytes > _options.MaxTextBytes) throw new ResourceLimitException("bytes of text", bytes, _options.MaxTextBytes, "Train on less text, or allow more.");
            var rest = Utf8Text.Repair(text.Span);
            while (!rest.IsEmpty)
            {
                var length = SentenceLength(rest);
                var sentence = rest[..length].Trim(" \t\r\n"u8);
                if (!sentence.IsEmpty) sentences.Add(_options.RemoveBlanks ? [.. sentence.ToArray().Where(static b => b is not ((byte)' ' or (byte)'\t'))] : sentence.ToArray());
                rest = rest[length..];
            }

            if (count % 256 == 0) progress?.Report(new TokenizerTrainingProgress(TokenizerTrainingStage.Counting, bytes, 0, count, bytes));
        }

        progress?.Report(new TokenizerTrainingProgress(TokenizerTrainingStage.Counting, bytes, 0, count, bytes));
        return (sentences, count, bytes);
    }

    private static int SentenceLength(ReadOnlySpan<byte> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n') return i + 1;
            if (text[i] is (byte)'.' or (byte)'!' or (byte)'?' && i + 1 < text.Length && text[i + 1] == ' ') return i + 1;
        }

        return text.Length;
    }
}
