using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.WordPiece;

/// <summary>
/// WordPiece as BERT applies it (Devlin et al., arXiv 1810.04805): the longest token first, from left to right; where that fails, or for
/// words too long, one unknown token for the whole word.
/// </summary>
internal sealed class WordPieceModel : CachedModel
{
    // The tries of 30,000 tokens take as long to make as about so many searches; a process that cuts a few words never makes them.
    private const int ManySearches = 4_096, FewBytes = 64;

    private readonly Lazy<WordPieceTries> _tries;
    private int _searches; // what threads count at once may get lost
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
        _tries = new Lazy<WordPieceTries>(() => new WordPieceTries(vocabulary, continuingPrefix));
    }

    public override Vocabulary Vocabulary { get; }

    /// <summary>What tokens inside a word start with.</summary>
    public byte[] ContinuingPrefix { get; }

    /// <summary>The unknown token.</summary>
    public string UnknownToken => _unknownToken;

    /// <summary>The longest word that is cut.</summary>
    public int MostCharactersPerWord => _mostCharacters;

    protected override bool Cut(ReadOnlySpan<byte> piece, TokenBuffer output, EncodeScratch scratch)
    {
        var first = output.Count;
        var isTooLong = piece.Length > _mostCharacters && Utf8Text.Count(piece) > _mostCharacters;
        for (var start = 0; start < piece.Length && !isTooLong;)
        {
            var (token, end) = Longest(piece, start);
            if (token < 0) break;
            output.Add(token, start, end);
            if (end == piece.Length) return true;
            start = end;
        }

        if (_unknown < 0) throw new MalformedInputException("tokenizer", "model.unk_token", $"the unknown token \"{_unknownToken}\" is needed and not in the vocabulary");
        output.Truncate(first);
        output.Add(_unknown, 0, piece.Length);
        return true;
    }

    private (int Token, int End) Longest(ReadOnlySpan<byte> text, int start)
    {
        if (_searches < ManySearches && ContinuingPrefix.Length + text.Length <= FewBytes) return Search(text, start);
        var trie = start == 0 ? _tries.Value.Initial : _tries.Value.Continuing;
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

    /// <summary>The same by looking up one length after the other, the longest first.</summary>
    private (int Token, int End) Search(ReadOnlySpan<byte> text, int start)
    {
        _searches++;
        var prefix = start == 0 ? 0 : ContinuingPrefix.Length;
        Span<byte> token = stackalloc byte[FewBytes];
        ContinuingPrefix.AsSpan(0, prefix).CopyTo(token);
        text[start..].CopyTo(token[prefix..]);
        for (var end = text.Length; end > start; end--)
        {
            if (Vocabulary.Find(token[..(prefix + end - start)]) is >= 0 and var found) return (found, end);
        }

        return (-1, start);
    }
}
