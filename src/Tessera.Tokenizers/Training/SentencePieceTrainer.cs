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
        if (options.MaxPieceLength < 1 || options.SeedSize < 1 || options.SubIterations < 1 || options.MaxSeedCharacters < 1 || options.MaxTextBytes is < 1)
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
        pieces.OrderByDescending(static p => p.Score).ThenBy(static p => p.Text, Comparer<string>.Create(PieceText.Compare));

    /// <summary>Characters by frequency, then repeated substrings of the texts by frequency times length.</summary>
    private List<(string Text, double Weight)> Seeds(SentencePieceTexts read)
    {
        var texts = read.Texts!;
        var flat = new List<int>();
        for (var text = 0; text < texts.Count; text++)
        {
            var scalars = Utf8Text.Scalars(texts[text]);
            var needed = flat.Count + texts.CountOf(text) * (scalars.Length + 1L);
            if (needed > _options.MaxSeedCharacters) throw new ResourceLimitException("characters to look for substrings in", needed, _options.MaxSeedCharacters, "Train on less text, allow more, or take bpe.");
            for (var i = 0L; i < texts.CountOf(text); i++)
            {
                flat.AddRange(scalars);
                flat.Add(0); // the end of a text, which no piece holds
            }
        }

        var all = flat.ToArray();
        var found = new List<(long Weight, int Start, int Length)>();
        SuffixArray.Repeats(all, (start, length, count) =>
        {
            if (length > 1 && length <= _options.MaxPieceLength && _rule.Allows(TextOf(all, start, length))) found.Add(((long)count * length, start, length));
        });
        // Equal weights in the order in which they were found: OrderBy is stable.
        var seeds = read.Required.Select(static c => (PieceText.Of(c.Scalar), (double)c.Count)).ToList();
        seeds.AddRange(found.OrderByDescending(static f => f.Weight).Take(_options.SeedSize).Select(f => (TextOf(all, f.Start, f.Length), (double)f.Weight)));
        return seeds;
    }

    private static string TextOf(int[] scalars, int start, int length)
    {
        var text = new StringBuilder(length);
        foreach (var scalar in scalars.AsSpan(start, length)) text.Append(PieceText.Of(scalar));
        return text.ToString();
    }
}
