using System.Text;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.WordPiece;

namespace Tessera.Tokenizers.Training;

/// <summary>
/// Trains a WordPiece vocabulary as tokenizers (Hugging Face) does: by the merges of a <see cref="BpeTrainer"/> on words whose characters
/// but the first carry a prefix. (The original WordPiece of Schuster and Nakajima chooses merges by likelihood; nobody published its code.)
/// Words are then cut by the longest token first, so the merges are not kept.
/// </summary>
public sealed class WordPieceTrainer : TokenizerTrainer
{
    // Longer words are one unknown token, as in the original.
    private const int MostCharactersPerWord = 100;

    private readonly WordPieceTrainerOptions _options;
    private readonly BpeTrainer _merging;

    /// <summary>Creates a trainer.</summary>
    /// <param name="options">What to train.</param>
    /// <exception cref="ArgumentException">The pipeline is byte-level, a special token is empty or stands there twice, or a number is out of range.</exception>
    public WordPieceTrainer(WordPieceTrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Pipeline.IsByteLevel) throw new ArgumentException("WordPiece works on characters; take a pipeline that is not byte-level.", nameof(options));
        _options = options;
        _merging = new BpeTrainer(new BpeTrainerOptions
        {
            VocabularySize = options.VocabularySize,
            SpecialTokens = options.AllSpecials(),
            Threads = options.Threads,
            MaxDistinctWords = options.MaxDistinctWords,
            Pipeline = options.Pipeline,
            MinFrequency = options.MinFrequency,
            LimitAlphabet = options.LimitAlphabet,
            InitialAlphabet = options.InitialAlphabet,
            ContinuingPrefix = options.ContinuingPrefix,
        });
    }

    /// <inheritdoc/>
    public override Tokenizer Train(IEnumerable<ReadOnlyMemory<byte>> texts, IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var tokens = Merges(texts, progress, cancellationToken).Tokens;
        var vocabulary = Vocabulary.Of([.. tokens.Select(static (t, i) => (Encoding.UTF8.GetBytes(t), i))]);
        var decoder = $$"""{"type":"WordPiece","prefix":{{ComponentJson.Quote(_options.ContinuingPrefix)}},"cleanup":true}""";
        return Assemble(_options, _options.AllSpecials(), _options.Pipeline, decoder, canRunOnBytes: false, _ => new WordPieceModel(
            vocabulary, _options.Unknown ?? "[UNK]", Encoding.UTF8.GetBytes(_options.ContinuingPrefix), MostCharactersPerWord));
    }

    /// <summary>The tokens and the merges that made them.</summary>
    internal MergeTraining Merges(IEnumerable<ReadOnlyMemory<byte>> texts, IProgress<TokenizerTrainingProgress>? progress, CancellationToken cancellationToken) =>
        _merging.Merges(texts, progress, cancellationToken);
}
