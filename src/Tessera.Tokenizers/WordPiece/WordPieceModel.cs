using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.WordPiece;

/// <summary>
/// WordPiece as BERT applies it (Devlin et al., arXiv 1810.04805): the longest token first, from left to right; where that fails, or for
/// words too long, one unknown token for the whole word.
/// </summary>
internal sealed class WordPieceModel : TokenModel
{
    private readonly ByteTrie _initial = new();
    private readonly ByteTrie _continuing = new();
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
        foreach (var (token, id) in vocabulary.Entries())
        {
            if (token.Length == 0) continue;
            _initial.Add(token, id);
            if (token.Length > continuingPrefix.Length && token.AsSpan().StartsWith(continuingPrefix)) _continuing.Add(token.AsSpan(continuingPrefix.Length), id);
        }
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
        if (piece.Length > _mostCharacters && Utf8Text.Count(piece) > _mostCharacters)
        {
            EmitUnknown(piece.Length, output);
            return;
        }

        Span<(int Token, int End)> found = stackalloc (int, int)[64];
        var more = found.Length < piece.Length ? new (int Token, int End)[piece.Length] : null;
        if (more is not null) found = more;
        var count = 0;
        for (var start = 0; start < piece.Length;)
        {
            var (token, end) = Longest(start == 0 ? _initial : _continuing, piece, start);
            if (token < 0)
            {
                EmitUnknown(piece.Length, output);
                return;
            }

            found[count++] = (token, end);
            start = end;
        }

        for (int i = 0, start = 0; i < count; start = found[i++].End) output.Add(found[i].Token, start, found[i].End);
    }

    private static (int Token, int End) Longest(ByteTrie trie, ReadOnlySpan<byte> text, int start)
    {
        var (node, best) = (ByteTrie.Root, (Token: -1, End: start));
        for (var i = start; i < text.Length;)
        {
            node = trie.Child(node, text[i++]);
            if (node < 0) break;
            // Tokens are whole characters, so a token's end is a character's end.
            if (trie.Value(node) is >= 0 and var token) best = (token, i);
        }

        return best;
    }

    private void EmitUnknown(int length, TokenBuffer output)
    {
        if (_unknown < 0) throw new MalformedInputException("tokenizer", "model.unk_token", $"the unknown token \"{_unknownToken}\" is needed and not in the vocabulary");
        output.Add(_unknown, 0, length);
    }
}
