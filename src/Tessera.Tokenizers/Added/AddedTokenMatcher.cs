using System.Buffers;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Normalizers;
using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Added;

/// <summary>
/// Finds added tokens in text: leftmost, and of those the longest. A match that its rules reject (single word) or that is switched off
/// (specials as text) is passed over whole.
/// </summary>
internal sealed class AddedTokenMatcher
{
    private const int FewBytes = 128;

    private readonly List<AddedToken> _tokens;
    private readonly Normalizer? _normalizer;
    private readonly bool[] _isFirst = new bool[256];
    private ByteTrie? _trie; // made when a text first holds the first byte of a token
    private SearchValues<byte>? _firstBytes;

    /// <summary>Takes the tokens to look for; of several with one content the last counts.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="normalizer">What the text that is looked through has gone through, and contents go through as well; null for none. A content of which nothing is left matches nothing.</param>
    public AddedTokenMatcher(List<AddedToken> tokens, Normalizer? normalizer = null)
    {
        (_tokens, _normalizer) = (tokens, normalizer);
        for (var i = 0; i < tokens.Count; i++)
        {
            if (FirstByteOf(tokens[i]) is >= 0 and var first) _isFirst[first] = true;
        }
    }

    /// <summary>Whether nothing can match.</summary>
    public bool IsEmpty => _tokens.Count == 0;

    /// <summary>The bytes that a token is looked for as.</summary>
    public static byte[] ContentOf(AddedToken token, Normalizer? normalizer)
    {
        var content = Utf8Text.BytesOf(token.Content);
        return token.Normalized && normalizer is not null ? normalizer.Apply(content) : content;
    }

    /// <summary>
    /// The next token at or after a position; the text between the end of the previous match and its start is ordinary. Start with 0 for
    /// both positions.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="position">Where to look from; moved behind the match, before white space that it took along.</param>
    /// <param name="free">The end of the previous token; moved to the end of this one.</param>
    /// <param name="parseSpecial">Whether special tokens count.</param>
    /// <param name="start">Where the token starts, white space included.</param>
    /// <param name="end">Where it ends.</param>
    /// <returns>The token, or null where there is none left.</returns>
    public AddedToken? Next(ReadOnlySpan<byte> text, ref int position, ref int free, bool parseSpecial, out int start, out int end)
    {
        while (position < text.Length)
        {
            start = FirstByte(text, position);
            if (start < 0) break;
            var token = Longest(text, start, out end);
            if (token is null)
            {
                position = start + 1;
                continue;
            }

            position = end;
            // A match that starts in white space which the previous token took along would overlap it.
            if (start < free || token.Special && !parseSpecial || token.SingleWord && !StandsAlone(text, start, end)) continue;
            while (token.LeftStrip && start > free && CharacterClass.Is(Utf8Text.DecodeBefore(text, start, out var length), CharacterClass.Space)) start -= length;
            if (token.RightStrip) end = CharacterClass.Run(text, end, CharacterClass.Space);
            free = end;
            return token;
        }

        (start, end) = (0, 0);
        return null;
    }

    /// <summary>Where a token may start, or −1. Short texts need no vectors, which take a process some time to get ready.</summary>
    private int FirstByte(ReadOnlySpan<byte> text, int from)
    {
        if (text.Length > FewBytes) return text[from..].IndexOfAny(_firstBytes ??= FirstBytes()) is >= 0 and var at ? from + at : -1;
        for (; from < text.Length; from++)
        {
            if (_isFirst[text[from]]) return from;
        }

        return -1;
    }

    private SearchValues<byte> FirstBytes()
    {
        var (bytes, count) = (new byte[256], 0);
        for (var b = 0; b < 256; b++)
        {
            if (_isFirst[b]) bytes[count++] = (byte)b;
        }

        return SearchValues.Create(bytes.AsSpan(0, count));
    }

    private AddedToken? Longest(ReadOnlySpan<byte> text, int start, out int end)
    {
        var (trie, node, best) = (_trie ??= Trie(), ByteTrie.Root, -1);
        end = start;
        for (var i = start; i < text.Length;)
        {
            node = trie.Child(node, text[i++]);
            if (node < 0) break;
            if (trie.Value(node) is not (>= 0 and var value)) continue;
            best = value;
            end = i;
        }

        return best < 0 ? null : _tokens[best];
    }

    private int FirstByteOf(AddedToken token)
    {
        if (!token.Normalized && token.Content is [< '\x80' and var ascii, ..]) return ascii;
        return ContentOf(token, _normalizer) is [var first, ..] ? first : -1;
    }

    private ByteTrie Trie()
    {
        var trie = new ByteTrie();
        for (var i = 0; i < _tokens.Count; i++)
        {
            if (ContentOf(_tokens[i], _normalizer) is { Length: > 0 } content) trie.Add(content, i);
        }

        return trie;
    }

    private static bool StandsAlone(ReadOnlySpan<byte> text, int start, int end) =>
        !(start > 0 && CharacterClass.IsWordOrJoiner(Utf8Text.DecodeBefore(text, start, out _))) && !(end < text.Length && CharacterClass.IsWordOrJoiner(Utf8Text.Decode(text, end, out _)));
}
