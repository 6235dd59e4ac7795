using System.Runtime.CompilerServices;
using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>
/// A well-known splitting pattern written as a decision procedure on Unicode classes. Such a pattern covers every text without gaps: from
/// each position there is a next piece. L letter, N number, S white space, X anything else.
/// </summary>
internal abstract class PieceScanner : TextPattern
{
    /// <summary>L, N and S as masks; X is what is in none.</summary>
    protected const uint L = CharacterClass.Letter, N = CharacterClass.Number, S = CharacterClass.Space, X = ~(L | N | S);

    /// <summary>The end of the piece that starts at a position inside the text.</summary>
    public abstract int Next(ReadOnlySpan<byte> text, int start);

    public sealed override bool Find(ReadOnlySpan<byte> text, int from, ref long fuel, out int start, out int end)
    {
        start = from;
        end = from < text.Length ? Next(text, from) : from;
        return end > from;
    }

    /// <summary>The length of an English contraction ('s 't 're 've 'm 'll 'd) at a position that holds an apostrophe; 0 where there is none.</summary>
    protected static int Contraction(ReadOnlySpan<byte> text, int apostrophe, bool anyCase)
    {
        if (apostrophe + 1 >= text.Length) return 0;
        var first = text[apostrophe + 1];
        // Case-insensitive engines take the long s, U+017F, for an s.
        if (anyCase && first == 0xC5 && apostrophe + 2 < text.Length && text[apostrophe + 2] == 0xBF) return 3;
        var second = apostrophe + 2 < text.Length ? text[apostrophe + 2] : (byte)0;
        if (anyCase)
        {
            first = ToLower(first);
            second = ToLower(second);
        }

        return (first, second) switch
        {
            ((byte)'s' or (byte)'t' or (byte)'m' or (byte)'d', _) => 2,
            ((byte)'r' or (byte)'v', (byte)'e') => 3,
            ((byte)'l', (byte)'l') => 3,
            _ => 0,
        };
    }

    /// <summary>
    /// White space <c>\s+(?!\S)|\s+</c>: the whole run at the end of the text or if it is one character, else all but its last character,
    /// which is left for the piece that follows.
    /// </summary>
    protected static int WhiteSpace(ReadOnlySpan<byte> text, int start)
    {
        var end = CharacterClass.Run(text, start, S);
        if (end == text.Length) return end;
        Utf8Text.DecodeBefore(text, end, out var last);
        return end - last > start ? end - last : end;
    }

    /// <summary>White space <c>\s*[\r\n]+|\s+(?!\S)|\s+</c>: up to behind the last line end of the run, else as <see cref="WhiteSpace"/>.</summary>
    protected static int WhiteSpaceByLines(ReadOnlySpan<byte> text, int start)
    {
        var end = CharacterClass.Run(text, start, S);
        var line = text[start..end].LastIndexOfAny((byte)'\r', (byte)'\n');
        return line >= 0 ? start + line + 1 : WhiteSpace(text, start);
    }

    /// <summary>At most a number of scalars in a mask.</summary>
    protected static int RunUpTo(ReadOnlySpan<byte> text, int start, uint mask, int most)
    {
        while (most-- > 0 && start < text.Length && CharacterClass.Is(Utf8Text.Decode(text, start, out var length), mask)) start += length;
        return start;
    }

    /// <summary>The end of a run of single bytes from a small set.</summary>
    protected static int RunOfBytes(ReadOnlySpan<byte> text, int start, ReadOnlySpan<byte> set)
    {
        while (start < text.Length && set.Contains(text[start])) start++;
        return start;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte ToLower(byte b) => b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
}
