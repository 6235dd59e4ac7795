using System.Text;
using Tessera.Tokenizers;

namespace Tessera.Generation;

/// <summary>
/// A model's vocabulary as byte strings: its tokens in the order of their bytes, so that those with a common beginning stand side by side (a trie, as
/// ranges of one sorted table), the tokens that end a text, and which lists of tokens texts have. Immutable and shared.
/// </summary>
public sealed class ByteVocabulary
{
    private readonly int[] _ids;
    private readonly int[] _starts;
    private readonly byte[] _bytes;
    private readonly int[] _ends;

    /// <summary>Builds the table.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="endIds">Tokens that end a text: end of text, end of turn.</param>
    /// <param name="vocabularySize">Logits in a row of the model; tokens beyond them are none.</param>
    /// <exception cref="UnsupportedFeatureException">The tokenizer's tokens do not tell a text's bytes; see <see cref="TokenValidity.Of"/>.</exception>
    public ByteVocabulary(Tokenizer tokenizer, IReadOnlyList<int> endIds, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(endIds);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        Validity = TokenValidity.Of(tokenizer);
        _ends = [.. endIds.Where(id => id >= 0 && id < vocabularySize).Distinct()];
        _ids = [.. Enumerable.Range(0, Math.Min(vocabularySize, tokenizer.VocabularySize)).Where(id => Validity.IsText(id) && !_ends.Contains(id))];
        if (_ids.Length == 0) throw new UnsupportedFeatureException("tokenizer", "bytes of a vocabulary without text");
        Array.Sort(_ids, (a, b) => tokenizer.TokenBytes(a).SequenceCompareTo(tokenizer.TokenBytes(b)) is not 0 and var order ? order : a.CompareTo(b));
        _starts = new int[_ids.Length + 1];
        for (var i = 0; i < _ids.Length; i++) _starts[i + 1] = _starts[i] + tokenizer.TokenBytes(_ids[i]).Length;
        _bytes = new byte[_starts[^1]];
        for (var i = 0; i < _ids.Length; i++) tokenizer.TokenBytes(_ids[i]).CopyTo(_bytes.AsSpan(_starts[i]));
        for (var i = 0; i < _ids.Length && !HasInnerBlanks; i++)
        {
            var token = Bytes(i);
            HasInnerBlanks = token.TrimStart((byte)' ').Contains((byte)' ');
        }
    }

    /// <summary>Which lists of tokens texts have.</summary>
    public TokenValidity Validity { get; }

    /// <summary>The tokens that end a text.</summary>
    public IReadOnlyList<int> EndIds => _ends;

    /// <summary>How many tokens stand for text.</summary>
    internal int Count => _ids.Length;

    /// <summary>Whether a token has a blank behind another byte, so that a word's blank is no border.</summary>
    internal bool HasInnerBlanks { get; }

    /// <summary>The bytes that a text is to a model: with the blank in front that SentencePiece puts there.</summary>
    /// <param name="text">The text.</param>
    public byte[] BytesOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encoding.UTF8.GetBytes(Validity.PrefixesBlank ? " " + text : text);
    }

    /// <summary>The token at a place of the table.</summary>
    internal int Id(int place) => _ids[place];

    /// <summary>Its bytes.</summary>
    internal ReadOnlySpan<byte> Bytes(int place) => _bytes.AsSpan(_starts[place], _starts[place + 1] - _starts[place]);

    /// <summary>The length of its bytes.</summary>
    internal int Length(int place) => _starts[place + 1] - _starts[place];

    /// <summary>The byte of a token at a depth, which must be below its length.</summary>
    internal byte ByteAt(int place, int depth) => _bytes[_starts[place] + depth];

    /// <summary>Of the tokens in a range, which agree in their first bytes and are longer, those that go on with a byte.</summary>
    /// <param name="from">The first of the range.</param>
    /// <param name="to">The end of the range.</param>
    /// <param name="depth">How many bytes they agree in.</param>
    /// <param name="next">The byte.</param>
    internal (int From, int To) Narrow(int from, int to, int depth, byte next) => (First(from, to, depth, next), First(from, to, depth, next + 1));

    /// <summary>The tokens of a range that are no longer than their common beginning come first: where the longer ones begin.</summary>
    internal int Longer(int from, int to, int depth)
    {
        while (from < to && Length(from) <= depth) from++;
        return from;
    }

    private int First(int from, int to, int depth, int atLeast)
    {
        while (from < to)
        {
            var middle = (from + to) >>> 1;
            if (ByteAt(middle, depth) < atLeast) from = middle + 1;
            else to = middle;
        }

        return from;
    }
}
