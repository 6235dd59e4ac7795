using System.Buffers;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Added;

/// <summary>
/// Finds added tokens in text: leftmost, and of those the longest. A match that its rules reject (single word) or that is switched off
/// (specials as text) is passed over whole.
/// </summary>
internal sealed class AddedTokenMatcher
{
    private const int FewBytes = 128;

    private readonly ByteTrie _trie = new();
    private readonly List<AddedToken> _tokens = [];
    private readonly bool[] _isFirst = new bool[256];
    private SearchValues<byte>? _firstBytes;

    /// <summary>Whether nothing can match.</summary>
    public bool IsEmpty => _tokens.Count == 0;

    /// <summary>Adds a token; before the first search.</summary>
    /// <param name="token">The token.</param>
    /// <param name="content">The bytes to look for; where there are none (normalised away), nothing matches.</param>
    public void Add(AddedToken token, ReadOnlySpan<byte> content)
    {
        if (content.Length == 0) return;
        _trie.Add(content, _tokens.Count);
        _tokens.Add(token);
        _isFirst[content[0]] = true;
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
        var (node, best) = (ByteTrie.Root, -1);
        end = start;
        for (var i = start; i < text.Length;)
        {
            node = _trie.Child(node, text[i++]);
            if (node < 0) break;
            if (_trie.Value(node) is not (>= 0 and var value)) continue;
            best = value;
            end = i;
        }

        return best < 0 ? null : _tokens[best];
    }

    private static bool StandsAlone(ReadOnlySpan<byte> text, int start, int end) =>
        !(start > 0 && CharacterClass.IsWordOrJoiner(Utf8Text.DecodeBefore(text, start, out _))) && !(end < text.Length && CharacterClass.IsWordOrJoiner(Utf8Text.Decode(text, end, out _)));
}
