using System.Runtime.InteropServices;
using System.Text;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Unigram;

namespace Tessera.Tokenizers.Training;

/// <summary>
/// Trains a unigram language model of pieces (Kudo, "Subword Regularization", arXiv 1804.10959) as tokenizers (Hugging Face) does: from all
/// characters and repeated substrings of the words it estimates and prunes down to the vocabulary. Every character of the texts is a token.
/// </summary>
/// <remarks>
/// Characters too rare to be estimated share scores just above the lowest; their order is by frequency here, and differs from run to run in
/// the original. Where characters alone fill the vocabulary there are as many tokens as characters.
/// </remarks>
public sealed class UnigramTrainer : TokenizerTrainer
{
    private const double RareStep = 0.0001; // between the scores of rare characters

    private readonly UnigramTrainerOptions _options;
    private readonly List<string> _specials;

    /// <summary>Creates a trainer.</summary>
    /// <param name="options">What to train.</param>
    /// <exception cref="ArgumentException">A special token is empty or stands there twice, or a number is out of range.</exception>
    public UnigramTrainer(UnigramTrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _specials = options.AllSpecials();
        if (options.MaxPieceLength < 1) throw new ArgumentException("Pieces have at least one character.", nameof(options));
        if (options.SeedSize < 1) throw new ArgumentException("Training begins with at least one piece.", nameof(options));
        if (!(options.ShrinkingFactor is > 0 and < 1)) throw new ArgumentException($"A share of {options.ShrinkingFactor} cannot be kept; it lies between 0 and 1.", nameof(options));
        if (options.SubIterations < 1) throw new ArgumentException("Expectations are taken at least once.", nameof(options));
        if (options.InitialAlphabet.Any(string.IsNullOrEmpty)) throw new ArgumentException("The initial alphabet holds an empty string.", nameof(options));
    }

    /// <inheritdoc/>
    public override Tokenizer Train(IEnumerable<ReadOnlyMemory<byte>> texts, IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var pieces = Pieces(texts, progress, cancellationToken);
        var vocabulary = Vocabulary.Of([.. pieces.Select(static (p, i) => (Encoding.UTF8.GetBytes(p.Text), i))]);
        var unknown = _options.Unknown is { } token ? _specials.IndexOf(token) : -1;
        return Assemble(_options, _specials, _options.Pipeline, ComponentJson.Null, canRunOnBytes: false, _ => new UnigramModel(vocabulary, [.. pieces.Select(static p => p.Score)], unknown, byteFallback: false));
    }

    /// <summary>The special tokens and pieces with their scores, in the order of their ids.</summary>
    internal List<(string Text, double Score)> Pieces(IEnumerable<ReadOnlyMemory<byte>> texts, IProgress<TokenizerTrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var counting = new WordCounting(_options, progress);
        var words = counting.Count(texts, _options.Pipeline, cancellationToken);
        if (words.Count == 0) throw new ArgumentException("There is no text to train on.");
        var characters = Characters(words);
        counting.Learning(_options.VocabularySize, TokenizerTrainingStage.Seeding)?.Invoke(0);
        var training = UnigramTraining.Run(words, Seeds(words, characters), new UnigramSettings
        {
            VocabularySize = _options.VocabularySize, ShrinkingFactor = _options.ShrinkingFactor, SubIterations = _options.SubIterations, Threads = _options.ThreadCount,
        }, counting.Learning(_options.VocabularySize), cancellationToken);

        var pieces = Final(training, characters);
        counting.Finished(pieces.Count);
        return pieces;
    }

    /// <summary>The characters of the words and how often they occur, the most frequent first.</summary>
    private static List<(int Scalar, long Count)> Characters(WordCounter words)
    {
        var counts = new Dictionary<int, long>();
        for (var word = 0; word < words.Count; word++)
        {
            foreach (var scalar in Utf8Text.Scalars(words[word])) CollectionsMarshal.GetValueRefOrAddDefault(counts, scalar, out _) += words.CountOf(word);
        }

        return [.. counts.Select(static c => (c.Key, c.Value)).OrderByDescending(static c => c.Value).ThenByDescending(static c => c.Key)];
    }

    /// <summary>Characters by frequency, then substrings by frequency among distinct words times length.</summary>
    private List<(string Text, double Weight)> Seeds(WordCounter words, List<(int Scalar, long Count)> characters)
    {
        var seeds = characters.Where(static c => c.Scalar != 0).Select(static c => (PieceText.Of(c.Scalar), (double)c.Count)).ToList();
        var text = new List<int>();
        for (var word = 0; word < words.Count; word++)
        {
            text.AddRange(Utf8Text.Scalars(words[word]));
            text.Add(0); // stands for the end of a word, which no piece holds
        }

        var flat = text.ToArray();
        var found = new List<(long Weight, int Start, int Length)>();
        SuffixArray.Repeats(flat, (start, length, count) =>
        {
            if (length > 1 && length <= _options.MaxPieceLength && !flat.AsSpan(start, length).Contains(0)) found.Add(((long)count * length, start, length));
        });
        found.Sort((a, b) => a.Weight != b.Weight ? b.Weight.CompareTo(a.Weight) : flat.AsSpan(b.Start, b.Length).SequenceCompareTo(flat.AsSpan(a.Start, a.Length)));
        foreach (var (weight, start, length) in found.Take(Math.Max(0, _options.SeedSize - seeds.Count)))
            seeds.Add((string.Concat(flat.AsSpan(start, length).ToArray().Select(PieceText.Of)), weight));
        return seeds;
    }

    /// <summary>All characters, then the pieces as they were kept, up to the size; sorted by score behind the special tokens.</summary>
    private List<(string Text, double Score)> Final(UnigramTraining training, List<(int Scalar, long Count)> characters)
    {
        var scores = training.Pieces.Skip(1).ToDictionary(static p => p.Text, static p => p.Score, StringComparer.Ordinal);
        var chosen = new HashSet<string>(_specials, StringComparer.Ordinal);
        var pieces = new List<(string Text, double Score)>();
        var rare = 0;
        foreach (var character in characters.Select(static c => PieceText.Of(c.Scalar)).Concat(_options.InitialAlphabet.Select(static s => s.EnumerateRunes().First().ToString())))
        {
            if (chosen.Add(character)) pieces.Add((character, scores.TryGetValue(character, out var score) ? score : training.Lowest + RareStep * rare++));
        }

        foreach (var (text, score) in training.Pieces.Skip(1))
        {
            if (pieces.Count >= _options.VocabularySize - _specials.Count) break;
            if (chosen.Add(text)) pieces.Add((text, score));
        }

        return [.. _specials.Select(static s => (s, 0.0)), .. pieces.OrderByDescending(static p => p.Score)];
    }
}
