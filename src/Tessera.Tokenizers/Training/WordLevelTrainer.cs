using System.Text;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.WordPiece;

namespace Tessera.Tokenizers.Training;

/// <summary>
/// Takes the most frequent words for a vocabulary, equally frequent ones by code points, as tokenizers (Hugging Face) does. A word that is
/// also a special token has the special token's id only (the original gives it a second one).
/// </summary>
public sealed class WordLevelTrainer : TokenizerTrainer
{
    private readonly WordLevelTrainerOptions _options;
    private readonly List<string> _specials;

    /// <summary>Creates a trainer.</summary>
    /// <param name="options">What to train.</param>
    /// <exception cref="ArgumentException">A special token is empty or stands there twice, or a number is out of range.</exception>
    public WordLevelTrainer(WordLevelTrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.MinFrequency < 0) throw new ArgumentException($"A word cannot occur {options.MinFrequency} times.", nameof(options));
        _options = options;
        _specials = options.AllSpecials();
    }

    /// <inheritdoc/>
    public override Tokenizer Train(IEnumerable<ReadOnlyMemory<byte>> texts, IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var tokens = Tokens(texts, progress, cancellationToken);
        var vocabulary = Vocabulary.Of([.. tokens.Select(static (t, i) => (Encoding.UTF8.GetBytes(t), i))]);
        return Assemble(_options, _specials, _options.Pipeline, ComponentJson.Null, canRunOnBytes: false, _ => new WordLevelModel(vocabulary, _options.Unknown ?? "<unk>"));
    }

    /// <summary>The tokens in the order of their ids.</summary>
    internal List<string> Tokens(IEnumerable<ReadOnlyMemory<byte>> texts, IProgress<TokenizerTrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var counting = new WordCounting(_options, progress);
        var words = counting.Count(texts, _options.Pipeline, cancellationToken);
        var tokens = _specials.ToList();
        var specials = _specials.ToHashSet(StringComparer.Ordinal);
        tokens.AddRange(Enumerable.Range(0, words.Count)
            .Where(word => words.CountOf(word) >= _options.MinFrequency)
            .Select(word => (Text: Encoding.UTF8.GetString(words[word]), Count: words.CountOf(word)))
            .Where(word => !specials.Contains(word.Text))
            .OrderByDescending(static word => word.Count)
            .ThenBy(static word => word.Text, Comparer<string>.Create(PieceText.Compare))
            .Take(_options.VocabularySize - specials.Count)
            .Select(static word => word.Text));
        counting.Finished(tokens.Count);
        return tokens;
    }
}
