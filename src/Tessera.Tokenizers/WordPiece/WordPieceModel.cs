using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.WordPiece;

/// <summary>
/// WordPiece as BERT applies it (Devlin et al., arXiv 1810.04805): the longest token first, from left to right; where that fails, or for
/// words too long, one unknown token for the whole word.
/// </summary>
internal sealed class WordPieceModel : TokenModel
{
    private readonly DoubleArrayTrie _initial;
    private readonly DoubleArrayTrie _continuing;
    private readonly string _unknownToken;
    private readonly int _unknown;
    private readonly int _mostCharacters;

    /// <summary>Creates the model.</summary>
    public WordPieceModel(Vocabulary vocabulary, string unknownToken, byte[] continuingPrefix, int mostCharactersPerWord)
    {
        Vocabulary = vocabulary;
        ContinuingPrefix = continuingPrefix;
        _unknownToken = unknownToken;
        _unknown = vocabulary.Find(unknownToken);
        _mostCharacters = mostCharactersPerWord;
        var (initial, continuing) = (new List<int>(vocabulary.Count), new List<int>());
        for (var entry = 0; entry < vocabulary.Count; entry++)
        {
            var token = vocabulary.Entry(entry);
            if (token.Length == 0) continue;
            initial.Add(entry);
            if (token.Length > continuingPrefix.Length && token.StartsWith(continuingPrefix)) continuing.Add(entry);
        }

        _initial = new DoubleArrayTrie(vocabulary, initial.ToArray());
        _continuing = new DoubleArrayTrie(vocabulary, continuing.ToArray(), continuingPrefix.Length);
    }

    public override Vocabulary Vocabulary { get; }

    /// <summary>What tokens inside a word start with.</summary>
    public byte[] ContinuingPrefix { get; }

    /// <summary>The unknown token.</summary>
    public string UnknownToken => _unknownToken;

    /// <summary>The longest word that is cut.</summary>
    public int MostCharactersPerWord => _mostCharacters;

    public override void Tokenize(ReadOnlySpan<byte> piece, TokenBuffer output, EncodeScratch scratch)
    {
        if (piece.Length > SplitCache.MostBytes)
        {
            Cut(piece, output);
            return;
        }

        if (scratch.Splits.TryAppend(piece, output, out var key)) return;
        var first = output.Count;
        Cut(piece, output);
        scratch.Splits.Keep(key, output, first);
    }

    private void Cut(ReadOnlySpan<byte> piece, TokenBuffer output)
    {
        var first = output.Count;
        var isTooLong = piece.Length > _mostCharacters && Utf8Text.Count(piece) > _mostCharacters;
        for (var start = 0; start < piece.Length && !isTooLong;)
        {
            var (token, end) = Longest(start == 0 ? _initial : _continuing, piece, start);
            if (token < 0) break;
            output.Add(token, start, end);
            if (end == piece.Length) return;
            start = end;
        }

        if (_unknown < 0) throw new MalformedInputException("tokenizer", "model.unk_token", $"the unknown token \"{_unknownToken}\" is needed and not in the vocabulary");
        output.Truncate(first);
        output.Add(_unknown, 0, piece.Length);
    }

    private static (int Token, int End) Longest(DoubleArrayTrie trie, ReadOnlySpan<byte> text, int start)
    {
        var (node, best) = (DoubleArrayTrie.Root, (Token: -1, End: start));
        for (var i = start; i < text.Length;)
        {
            node = trie.Child(node, text[i++]);
            if (node < 0) break;
            // Tokens are whole characters, so a token's end is a character's end.
            if (trie.Value(node) is >= 0 and var token) best = (token, i);
        }

        return best;
    }
}
