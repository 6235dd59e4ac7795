using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Tessera.Tokenizers.SentencePiece;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Training;

/// <summary>
/// Trains models for SentencePiece (Kudo and Richardson, arXiv 1808.06226) by the rules of Google's trainers: their normalisation, their
/// limits on what is a piece, their seeds, and their scores. <see cref="TrainModel"/> gives the model file, which the original library loads;
/// <see cref="Train(IEnumerable{ReadOnlyMemory{byte}}, IProgress{TokenizerTrainingProgress}?, CancellationToken)"/> a tokenizer that can be saved as tokenizer.json.
/// </summary>
/// <remarks>
/// Differs from the original in this: no text is too long; byte-pair training looks for the most frequent pair among all pairs, not among
/// the most frequent twentieth of them; sums are in double precision; fewer pieces than were wanted are no error.
/// </remarks>
public sealed class SentencePieceTrainer : TokenizerTrainer
{
    private static readonly Comparer<string> s_byText = Comparer<string>.Create(PieceText.Compare);

    private const double RareStep = 0.0001; // between the scores of characters too rare to be estimated

    private readonly SentencePieceTrainerOptions _options;
    private readonly List<string> _meta;
    private readonly PieceRule _rule;

    /// <summary>Creates a trainer.</summary>
    /// <param name="options">What to train.</param>
    /// <exception cref="ArgumentException">There is no unknown piece, a special token is empty or stands there twice, or a number is out of range.</exception>
    public SentencePieceTrainer(SentencePieceTrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _meta = options.MetaPieces();
        if (options.ByteFallback) _meta.AddRange(Enumerable.Range(0, 256).Select(BytePiece));
        _rule = new PieceRule(options);
        if (!Enum.IsDefined(options.Algorithm)) throw new ArgumentException($"There is no algorithm {options.Algorithm}.", nameof(options));
        if (_meta.Count >= options.VocabularySize) throw new ArgumentException($"A vocabulary of {options.VocabularySize:N0} holds nothing beside {_meta.Count:N0} special pieces.", nameof(options));
        if (!(options.CharacterCoverage is > 0 and <= 1)) throw new ArgumentException($"A share of {options.CharacterCoverage} of the text cannot be covered; it lies between 0 and 1.", nameof(options));
        if (!(options.ShrinkingFactor is > 0 and < 1)) throw new ArgumentException($"A share of {options.ShrinkingFactor} cannot be kept; it lies between 0 and 1.", nameof(options));
        if (options.MaxPieceLength < 1 || options.SeedSize < 1 || options.SubIterations < 1 || options.MaxSeedBytes < 1 || options.MaxTextBytes is < 1)
            throw new ArgumentException("Lengths, sizes and numbers of iterations are at least 1.", nameof(options));
    }

    /// <inheritdoc/>
    public override Tokenizer Train(IEnumerable<ReadOnlyMemory<byte>> texts, IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellationToken = default) =>
        TrainModel(texts, progress, cancellationToken).ToTokenizer();

    /// <summary>Trains a model.</summary>
    /// <param name="texts">The texts in UTF-8; each is looked at only until the next one is asked for.</param>
    /// <param name="progress">Told now and then how far training is, by one thread at a time; null for nobody.</param>
    /// <param name="cancellationToken">Ends training with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">There is no text, or its characters do not fit in the vocabulary.</exception>
    /// <exception cref="ResourceLimitException">There are more distinct words, or characters, than the options allow.</exception>
    public TrainedSentencePiece TrainModel(IEnumerable<ReadOnlyMemory<byte>> texts, IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var counting = new WordCounting(_options, progress);
        var read = SentencePieceTexts.Read(texts, _options, counting, _options.Algorithm == SentencePieceAlgorithm.Unigram, cancellationToken);
        var room = _options.VocabularySize - _meta.Count;
        if (_options.Algorithm is SentencePieceAlgorithm.Bpe or SentencePieceAlgorithm.Unigram && read.Required.Count > room)
            throw new ArgumentException($"A vocabulary of {_options.VocabularySize:N0} does not hold {read.Required.Count:N0} characters and {_meta.Count:N0} special pieces; enlarge it, or cover less of the text.");
        var pieces = _options.Algorithm switch
        {
            SentencePieceAlgorithm.Unigram => Unigram(read, counting, cancellationToken),
            SentencePieceAlgorithm.Bpe => Bpe(read, counting, cancellationToken),
            SentencePieceAlgorithm.Word => ByFrequency(
                Enumerable.Range(0, read.Words.Count).Select(word => (Encoding.UTF8.GetString(read.Words[word]), read.Words.CountOf(word))).Where(static w => !w.Item1.Contains('▅', StringComparison.Ordinal)),
                Enumerable.Range(0, read.Words.Count).Sum(read.Words.CountOf)),
            _ => ByFrequency(read.Required.Select(static c => (PieceText.Of(c.Scalar), c.Count)), read.Required.Sum(static c => c.Count)),
        };
        var chosen = pieces.Where(piece => !_meta.Contains(piece.Text)).Take(room).ToList();
        counting.Finished(_meta.Count + chosen.Count);
        return new TrainedSentencePiece(_options, _meta, chosen);
    }

    /// <summary>How the piece of a byte is written.</summary>
    internal static string BytePiece(int value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");

    private static IEnumerable<(string Text, float Score)> ByFrequency(IEnumerable<(string Text, long Count)> counted, long sum) =>
        counted.Select(c => (c.Text, MathF.Log(c.Count) - MathF.Log(sum)));

    /// <summary>Merges by the most frequent pair, scored by their order, then the characters.</summary>
    private List<(string Text, float Score)> Bpe(SentencePieceTexts read, WordCounting counting, CancellationToken cancellation)
    {
        var characters = read.Required.Count;
        var wanted = _options.VocabularySize - _meta.Count - characters;
        // The stand-in for rare characters is one of the alphabet here, and part of no piece.
        var alphabet = new HashSet<int>(read.Required.Select(static c => c.Scalar)) { PieceRule.Rare };
        var training = new MergeTraining(read.Words, new MergeSettings { VocabularySize = alphabet.Count + wanted, InitialAlphabet = [.. alphabet], IsPiece = _rule.Allows });
        training.Run(counting.Learning(_options.VocabularySize), cancellation);
        return [.. training.Merges.Select(m => training.Tokens[m.Result]).Concat(read.Required.Select(static c => PieceText.Of(c.Scalar))).Select(static (text, i) => (text, -(float)i))];
    }

    private List<(string Text, float Score)> Unigram(SentencePieceTexts read, WordCounting counting, CancellationToken cancellation)
    {
        counting.Learning(_options.VocabularySize, TokenizerTrainingStage.Seeding)?.Invoke(0);
        var training = UnigramTraining.Run(read.Words, Seeds(read), new UnigramSettings
        {
            VocabularySize = _options.VocabularySize, ShrinkingFactor = _options.ShrinkingFactor, SubIterations = _options.SubIterations, FollowsSentencePiece = true, Threads = _options.ThreadCount,
        }, counting.Learning(_options.VocabularySize), cancellation);

        // All characters, then the best pieces up to the size.
        var scores = training.Pieces.ToDictionary(static p => p.Text, static p => p.Score, StringComparer.Ordinal);
        var chosen = new Dictionary<string, float>(StringComparer.Ordinal);
        var rare = 0;
        foreach (var character in read.Required.Select(static c => PieceText.Of(c.Scalar)))
            chosen[character] = (float)(scores.TryGetValue(character, out var score) ? score : training.Lowest + RareStep * rare++);
        foreach (var (text, score) in InOrder(training.Pieces))
        {
            if (chosen.Count >= _options.VocabularySize - _meta.Count) break;
            chosen.TryAdd(text, (float)score);
        }

        return [.. InOrder(chosen.Select(static p => (p.Key, (double)p.Value))).Select(static p => (p.Text, (float)p.Score))];
    }

    private static IEnumerable<(string Text, double Score)> InOrder(IEnumerable<(string Text, double Score)> pieces) =>
        pieces.OrderByDescending(static p => (float)p.Score).ThenBy(static p => p.Text, s_byText);

    /// <summary>
    /// Characters by frequency, then repeated substrings of the texts by frequency times length. The substrings are those of bytes that are followed
    /// by different bytes, as in the original since 0.2.3: one whose continuations all begin with the same bytes of a character is none.
    /// </summary>
    private List<(string Text, double Weight)> Seeds(SentencePieceTexts read)
    {
        var all = AllBytes(read.Texts!);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        SuffixArray.Repeats(Array.ConvertAll(all, static b => (int)b), (start, length, count) =>
        {
            var substring = all.AsSpan(start, length).TrimEnd((byte)0);
            var isWhole = (all[start] & 0xC0) != 0x80 && (start + length == all.Length || (all[start + length] & 0xC0) != 0x80);
            if (!isWhole || substring.Length > 4L * _options.MaxPieceLength || Utf8Text.Count(substring) < 2 || substring.Contains((byte)0)) return;
            // At the end of texts and elsewhere a substring is found twice, and both count.
            var text = Encoding.UTF8.GetString(substring);
            if (_rule.Allows(text)) CollectionsMarshal.GetValueRefOrAddDefault(counts, text, out _) += count;
        });
        var found = counts.Select(static c => (Text: c.Key, Weight: c.Value * PieceText.Length(c.Key))).OrderByDescending(static f => f.Weight)
            .ThenByDescending(static f => Encoding.UTF8.GetByteCount(f.Text)).ThenBy(static f => f.Text, s_byText).Take(_options.SeedSize);
        return [.. read.Required.Select(static c => (PieceText.Of(c.Scalar), (double)c.Count)), .. found.Select(static f => (f.Text, (double)f.Weight))];
    }

    /// <summary>The texts, as often as each was read, with a zero behind each.</summary>
    private byte[] AllBytes(WordCounter texts)
    {
        var length = 0L;
        for (var text = 0; text < texts.Count; text++) length += texts.CountOf(text) * (texts[text].Length + 1L);
        if (length > _options.MaxSeedBytes) throw new ResourceLimitException("bytes to look for substrings in", length, _options.MaxSeedBytes, "Train on less text, allow more, or take bpe.");
        var all = new byte[length];
        var at = 0;
        for (var text = 0; text < texts.Count; text++)
        {
            for (var i = 0L; i < texts.CountOf(text); i++)
            {
                texts[text].CopyTo(all.AsSpan(at));
                at += texts[text].Length + 1;
            }
        }

        return all;
    }
}
