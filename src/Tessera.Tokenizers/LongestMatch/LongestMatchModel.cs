using Tessera.Tokenizers.Bpe;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.LongestMatch;

/// <summary>
/// The longest token at each place, from left to right over the whole text; what no token begins becomes its bytes' tokens. How a
/// Less-is-Better lexicon reads (Yang, Frank and van den Bosch, "Less is Better", 2020).
/// </summary>
internal sealed class LongestMatchModel : TokenModel
{
    /// <summary>The model's type in a tokenizer.json; other libraries do not know it.</summary>
    public const string TypeName = "LongestMatch";

    private readonly ByteTrie _trie = new();
    private readonly int[] _bytes;

    /// <summary>Creates the model.</summary>
    /// <param name="vocabulary">The tokens; those of the 256 bytes, written as &lt;0x00&gt; to &lt;0xFF&gt;, are among them.</param>
    /// <exception cref="ArgumentException">A byte has no token.</exception>
    public LongestMatchModel(Vocabulary vocabulary)
    {
        Vocabulary = vocabulary;
        _bytes = BpeModel.ByteTokens(vocabulary);
        if (_bytes.Contains(-1)) throw new ArgumentException($"There is no token for the byte {Array.IndexOf(_bytes, -1)}.", nameof(vocabulary));
        foreach (var (token, id) in vocabulary.Entries())
        {
            if (token.Length > 0 && Array.IndexOf(_bytes, id) < 0) _trie.Add(token, id);
        }
    }

    public override Vocabulary Vocabulary { get; }

    public override void Tokenize(ReadOnlySpan<byte> piece, TokenBuffer output, EncodeScratch scratch)
    {
        for (var start = 0; start < piece.Length;)
        {
            var (node, id, end) = (ByteTrie.Root, -1, start);
            for (var i = start; i < piece.Length;)
            {
                node = _trie.Child(node, piece[i++]);
                if (node < 0) break;
                if (_trie.Value(node) is >= 0 and var token) (id, end) = (token, i);
            }

            if (id >= 0)
            {
                output.Add(id, start, end);
            }
            else
            {
                end = start + Utf8Text.LengthOf(piece[start]);
                foreach (var b in piece[start..end]) output.Add(_bytes[b], start, end);
            }

            start = end;
        }
    }
}
