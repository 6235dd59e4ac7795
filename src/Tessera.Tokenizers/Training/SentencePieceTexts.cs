using System.Runtime.InteropServices;
using System.Text;
using Tessera.Tokenizers.SentencePiece;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Normalizers;

namespace Tessera.Tokenizers.Training;

/// <summary>
/// Texts as SentencePiece's trainers see them: normalised, blanks marked, pieces with a meaning cut out, words counted, and the characters
/// beyond the coverage written as one stand-in. Memory holds the distinct words; whole texts only where a trainer looks across words.
/// </summary>
internal sealed class SentencePieceTexts
{

    private readonly SentencePieceTrainerOptions _options;

    private SentencePieceTexts(SentencePieceTrainerOptions options, WordCounter words, WordCounter? texts)
    {
        _options = options;
        Required = RequiredCharacters(words);
        var required = Required.Select(static c => c.Scalar).ToHashSet();
        Words = Sorted(words.Rewritten((word, into) => WriteRequired(word, required, into)));
        Texts = texts?.Rewritten((text, into) => WriteRequired(text, required, into));
    }

    /// <summary>The characters that become pieces and how often they occur, the most frequent first, equally frequent ones by code point.</summary>
    public List<(int Scalar, long Count)> Required { get; }

    /// <summary>The words, the most frequent first, equally frequent ones by code points.</summary>
    public WordCounter Words { get; }

    /// <summary>The texts; null where they were not asked for.</summary>
    public WordCounter? Texts { get; }

    /// <summary>Reads texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="options">How they are normalised and cut.</param>
    /// <param name="counting">Counts.</param>
    /// <param name="wholeTexts">Whether texts are kept as a whole beside their words.</param>
    /// <param name="cancellation">Ends with an exception.</param>
    public static SentencePieceTexts Read(IEnumerable<ReadOnlyMemory<byte>> texts, SentencePieceTrainerOptions options, WordCounting counting, bool wholeTexts, CancellationToken cancellation)
    {
        var map = NormalizationRules.MapOf(options.Normalization);
        var characters = map.Length == 0 ? null : new CharacterMap(map);
        var meta = new ByteTrie();
        foreach (var piece in options.MetaPieces().Concat(options.ByteFallback ? Enumerable.Range(0, 256).Select(SentencePieceTrainer.BytePiece) : [])) meta.Add(Encoding.UTF8.GetBytes(piece), 1);
        var splits = !wholeTexts && options.SplitByWhitespace;
        var read = counting.Count(texts, () => new Cutter(options, characters, meta, splits).Cut, cancellation);
        if (read.Count == 0) throw new ArgumentException("There is no text to train on.");
        if (splits || !options.SplitByWhitespace) return new SentencePieceTexts(options, read, wholeTexts ? read : null);
        var words = new WordCounter(options.MaxDistinctWords);
        for (var text = 0; text < read.Count; text++)
        {
            var rest = read[text];
            while (!rest.IsEmpty)
            {
                var length = WordLength(rest);
                words.Add(rest[..length], read.CountOf(text));
                rest = rest[length..];
            }
        }

        return new SentencePieceTexts(options, words, read);
    }

    // Words begin with the mark of a blank, but for a first one without it.
    private static int WordLength(ReadOnlySpan<byte> text)
    {
        var next = text[1..].IndexOf("▁"u8);
        return next < 0 ? text.Length : next + 1;
    }

    private List<(int Scalar, long Count)> RequiredCharacters(WordCounter words)
    {
        var counts = new Dictionary<int, long>();
        var all = 0L;
        for (var word = 0; word < words.Count; word++)
        {
            foreach (var scalar in Utf8Text.Scalars(words[word]))
            {
                if (scalar is 0 or ' ') continue;
                CollectionsMarshal.GetValueRefOrAddDefault(counts, scalar, out _) += words.CountOf(word);
                all += words.CountOf(word);
            }
        }

        var covered = 0L;
        return [.. counts.Select(static c => (c.Key, c.Value)).OrderByDescending(static c => c.Value).ThenBy(static c => c.Key)
            .TakeWhile(c =>
            {
                // In single precision, as in the original.
                var goesOn = (float)(1.0 * covered / all) < (float)_options.CharacterCoverage;
                covered += c.Value;
                return goesOn;
            }).Where(static c => c.Key != PieceRule.CutMark)];
    }

    private static void WriteRequired(ReadOnlySpan<byte> word, HashSet<int> required, WordCounter.Rewriter into)
    {
        for (var i = 0; i < word.Length;)
        {
            into.Add(required.Contains(Utf8Text.Decode(word, i, out var length)) ? word.Slice(i, length) : "▅"u8);
            i += length;
        }
    }

    private WordCounter Sorted(WordCounter words)
    {
        var sorted = new WordCounter(_options.MaxDistinctWords);
        var order = Enumerable.Range(0, words.Count).ToArray();
        Array.Sort(order, (a, b) => words.CountOf(a) != words.CountOf(b) ? words.CountOf(b).CompareTo(words.CountOf(a)) : words[a].SequenceCompareTo(words[b]));
        foreach (var word in order) sorted.Add(words[word], words.CountOf(word));
        return sorted;
    }

    /// <summary>Normalises and cuts, with a thread's working memory.</summary>
    private sealed class Cutter(SentencePieceTrainerOptions options, CharacterMap? map, ByteTrie meta, bool splits)
    {
        private readonly SentencePieceNormalizer _normalizer = new(null, map, new SentencePieceSettings { DummyPrefix = options.AddDummyPrefix, RemoveExtraBlanks = options.RemoveExtraBlanks });
        private readonly List<byte> _normalized = [];
        private readonly List<int> _places = [];

        public void Cut(byte[] bytes, int start, int end, WordCounter words, ref ulong place)
        {
            var text = bytes.AsSpan(start, end - start);
            // Texts that hold the stand-in for rare characters are passed over, as in the original.
            if (text.IsEmpty || text.Length > (options.MaxTextBytes ?? int.MaxValue) || text.IndexOf("▅"u8) >= 0) return;
            _normalized.Clear();
            _places.Clear();
            _normalizer.Apply(text, _normalized, _places);
            var rest = WithoutMeta(CollectionsMarshal.AsSpan(_normalized));
            while (!rest.IsEmpty)
            {
                var length = splits ? WordLength(rest) : rest.Length;
                words.Add(rest[..length], 1, place++);
                rest = rest[length..];
            }
        }

        // Texts hardly ever spell a piece with a meaning; then the mark takes the place of its first byte, and the rest goes.
        private Span<byte> WithoutMeta(Span<byte> text)
        {
            var write = 0;
            for (var i = 0; i < text.Length;)
            {
                var (node, length) = (ByteTrie.Root, 0);
                for (var end = i; end < text.Length; )
                {
                    node = meta.Child(node, text[end++]);
                    if (node < 0) break;
                    if (meta.Value(node) >= 0) length = end - i;
                }

                text[write++] = length > 0 ? (byte)PieceRule.CutMark : text[i];
                i += Math.Max(1, length);
            }

            return text[..write];
        }
    }
}
