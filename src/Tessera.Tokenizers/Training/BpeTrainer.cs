using System.Text;
using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Training;

/// <summary>
/// Trains a byte-pair encoding (Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units", arXiv 1508.07909): text is
/// cut into words, words are counted, and the most frequent adjacent pair is merged until the vocabulary is full. The same texts and
/// options give the same tokens, ids and merges as tokenizers (Hugging Face). Memory grows with the number of distinct words, not with the text.
/// </summary>
/// <remarks>With a prefix or a suffix the original's order of the symbols inside words differs from run to run; here it is that of their first occurrence.</remarks>
public sealed class BpeTrainer : TokenizerTrainer
{
    private readonly BpeTrainerOptions _options;
    private readonly List<string> _specials;
    private readonly IReadOnlyList<int> _alphabet;

    /// <summary>Creates a trainer.</summary>
    /// <param name="options">What to train.</param>
    /// <exception cref="ArgumentException">
    /// The vocabulary is too small for the bytes and the special tokens, a special token is empty or stands there twice, or a number is out of range.
    /// </exception>
    public BpeTrainer(BpeTrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _specials = options.AllSpecials();
        if (options.MaxTokenLength is < 2) throw new ArgumentException("Tokens shorter than two characters cannot be merged.", nameof(options));
        if (options.LimitAlphabet is < 1) throw new ArgumentException("An alphabet without characters leaves nothing to train on.", nameof(options));
        if (options.MinFrequency < 0) throw new ArgumentException($"A pair cannot occur {options.MinFrequency} times.", nameof(options));
        if (options.InitialAlphabet?.Any(string.IsNullOrEmpty) == true) throw new ArgumentException("The initial alphabet holds an empty string.", nameof(options));
        _alphabet = options.InitialAlphabet is { } given ? [.. given.Select(static s => s.EnumerateRunes().First().Value)]
            : options.Pipeline.IsByteLevel ? [.. Enumerable.Range(0, 256).Select(static b => ByteAlphabet.CharacterOf((byte)b))] : [];
        if (options.VocabularySize < _alphabet.Count + _specials.Count)
            throw new ArgumentException($"A vocabulary of {options.VocabularySize:N0} does not hold {_alphabet.Count:N0} characters of the initial alphabet and {_specials.Count:N0} special tokens.", nameof(options));
    }

    /// <inheritdoc/>
    public override Tokenizer Train(IEnumerable<ReadOnlyMemory<byte>> texts, IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var training = Merges(texts, progress, cancellationToken);
        var vocabulary = Vocabulary.Of([.. training.Tokens.Select(static (t, i) => (Encoding.UTF8.GetBytes(t), i))]);
        var merges = training.Merges.Select(static (m, rank) => new Merge(m.Left, m.Right, rank, m.Result)).ToArray();
        var (prefix, suffix) = (_options.ContinuingPrefix, _options.EndSuffix);
        var decoder = suffix.Length > 0 ? $$"""{"type":"BPEDecoder","suffix":{{ComponentJson.Quote(suffix)}}}""" : ComponentJson.Null;
        return Assemble(_options, _specials, _options.Pipeline, decoder, prefix.Length + suffix.Length == 0, onBytes => new BpeModel(vocabulary, merges, new BpeOptions
        {
            OnBytes = onBytes, UnknownToken = _options.Unknown, ContinuingPrefix = Encoding.UTF8.GetBytes(prefix), EndSuffix = Encoding.UTF8.GetBytes(suffix),
        }));
    }

    /// <summary>The tokens and merges.</summary>
    internal MergeTraining Merges(IEnumerable<ReadOnlyMemory<byte>> texts, IProgress<TokenizerTrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var counting = new WordCounting(_options, progress);
        var words = counting.Count(texts, _options.Pipeline, cancellationToken);
        var training = new MergeTraining(words, new MergeSettings
        {
            VocabularySize = _options.VocabularySize,
            MinFrequency = _options.MinFrequency,
            MaxTokenLength = _options.MaxTokenLength ?? int.MaxValue,
            CountsCharacters = _options.CountsCharacters,
            SpecialTokens = _specials,
            InitialAlphabet = _alphabet,
            LimitAlphabet = _options.LimitAlphabet,
            ContinuingPrefix = _options.ContinuingPrefix,
            EndSuffix = _options.EndSuffix,
        });
        training.Run(counting.Learning(_options.VocabularySize), cancellationToken);
        counting.Finished(training.Tokens.Count);
        return training;
    }
}
