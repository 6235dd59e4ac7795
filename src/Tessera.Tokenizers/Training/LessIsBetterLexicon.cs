using System.Text;
using Tessera.Tokenizers.Files;
using Tessera.Tokenizers.LongestMatch;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Training;

/// <summary>What Less-is-Better has learnt: chunks in the order of their strength, and how they cut text. Immutable.</summary>
public sealed class LessIsBetterLexicon
{
    private readonly Dictionary<string, int> _ranks = new(StringComparer.Ordinal);
    private readonly ByteTrie _trie = new();

    /// <summary>Takes chunks, the strongest first.</summary>
    /// <exception cref="ArgumentException">One is empty or stands there twice.</exception>
    public LessIsBetterLexicon(IEnumerable<string> chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        Chunks = [.. chunks];
        for (var rank = 0; rank < Chunks.Count; rank++)
        {
            if (string.IsNullOrEmpty(Chunks[rank]) || !_ranks.TryAdd(Chunks[rank], rank)) throw new ArgumentException($"The chunk of rank {rank} is empty or stands there twice.", nameof(chunks));
            _trie.Add(Encoding.UTF8.GetBytes(Chunks[rank]), rank);
        }
    }

    /// <summary>The chunks by rank.</summary>
    public IReadOnlyList<string> Chunks { get; }

    /// <summary>Cuts a text: the longest chunk at each place, or a single character. The parts make up the text.</summary>
    /// <param name="text">The text; a lone surrogate counts as U+FFFD.</param>
    /// <param name="mostCharacters">The longest chunk that counts; the authors' code takes 10.</param>
    public IReadOnlyList<string> Encode(string text, int mostCharacters = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(mostCharacters, 1);
        ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(text);
        var parts = new List<string>();
        while (!rest.IsEmpty)
        {
            var (node, length, characters) = (ByteTrie.Root, Utf8Text.LengthOf(rest[0]), 0);
            for (var i = 0; i < rest.Length; i++)
            {
                if ((rest[i] & 0xC0) != 0x80 && ++characters > mostCharacters) break;
                node = _trie.Child(node, rest[i]);
                if (node < 0) break;
                if (_trie.Value(node) >= 0) length = i + 1;
            }

            parts.Add(Encoding.UTF8.GetString(rest[..length]));
            rest = rest[length..];
        }

        return parts;
    }

    /// <summary>
    /// Takes a chunk apart: into two chunks, both stronger than it, of all such pairs the one with the strongest first part, then the strongest
    /// second; and those in turn.
    /// </summary>
    /// <param name="chunk">A chunk, or any text, which stays as it is.</param>
    /// <param name="levels">How often parts are taken apart, from 0. Default 2.</param>
    public IReadOnlyList<string> Decompose(string chunk, int levels = 2)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        ArgumentOutOfRangeException.ThrowIfNegative(levels);
        if (levels == 0 || !_ranks.TryGetValue(chunk, out var rank)) return [chunk];
        (int Left, int Right, int At)? best = null;
        for (var at = 1; at < chunk.Length; at++)
        {
            if (!_ranks.TryGetValue(chunk[..at], out var left) || !_ranks.TryGetValue(chunk[at..], out var right)) continue;
            if (best is null || (left, right).CompareTo((best.Value.Left, best.Value.Right)) < 0) best = (left, right, at);
        }

        if (best is not var (first, second, cut) || Math.Max(first, second) >= rank) return [chunk];
        return [.. Decompose(chunk[..cut], levels - 1), .. Decompose(chunk[cut..], levels - 1)];
    }

    /// <summary>
    /// A tokenizer that reads as the lexicon does: ids by rank behind the special tokens and the 256 bytes, which stand for what no chunk covers.
    /// </summary>
    /// <param name="vocabularySize">The most tokens; characters come before longer chunks, weaker chunks are left out.</param>
    /// <param name="specialTokens">Tokens that get the first ids.</param>
    /// <exception cref="ArgumentException">The vocabulary does not hold the special tokens and the bytes, or a chunk is one of them.</exception>
    public Tokenizer ToTokenizer(int vocabularySize = int.MaxValue, IReadOnlyList<string>? specialTokens = null)
    {
        var options = new TokenizerTrainerOptions { VocabularySize = Math.Min(vocabularySize, InputLimits.Default.MaxVocabulary), SpecialTokens = specialTokens ?? [] };
        var specials = options.AllSpecials();
        var fixedTokens = specials.Concat(Enumerable.Range(0, 256).Select(SentencePieceTrainer.BytePiece)).ToList();
        if (fixedTokens.Count > options.VocabularySize) throw new ArgumentException($"A vocabulary of {vocabularySize:N0} does not hold {fixedTokens.Count:N0} special tokens and bytes.", nameof(vocabularySize));
        if (fixedTokens.Find(_ranks.ContainsKey) is { } twice) throw new ArgumentException($"The chunk \"{twice}\" is a special token or a byte.", nameof(specialTokens));
        var kept = Enumerable.Range(0, Chunks.Count).OrderBy(rank => PieceText.Length(Chunks[rank]) == 1 ? 0 : 1).ThenBy(static rank => rank).Take(options.VocabularySize - fixedTokens.Count).Order();
        var tokens = fixedTokens.Concat(kept.Select(rank => Chunks[rank]));
        var vocabulary = Vocabulary.Of([.. tokens.Select(static (token, id) => (Encoding.UTF8.GetBytes(token), id))]);
        const string Decoder = """{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Fuse"}]}""";
        return TokenizerTrainer.Assemble(options, specials, TrainingPipeline.None, Decoder, canRunOnBytes: false, _ => new LongestMatchModel(vocabulary));
    }
}
