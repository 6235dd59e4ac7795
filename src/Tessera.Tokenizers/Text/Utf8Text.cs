using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace Tessera.Tokenizers.Text;

/// <summary>Unicode scalars in UTF-8 bytes. Assumes well-formed text: whatever enters the pipeline was checked or repaired at the door.</summary>
/// <remarks>
/// Short texts are transcoded here and not by the runtime, whose way is by vectors: a fresh process takes three milliseconds to load their types.
/// </remarks>
internal static class Utf8Text
{
    private const int FewUnits = 256, FewBytes = 4_096;

    /// <summary>The scalar that starts at <paramref name="index"/>, and its length in bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Decode(ReadOnlySpan<byte> text, int index, out int length)
    {
        var first = text[index];
        if (first < 0x80)
        {
            length = 1;
            return first;
        }

        return DecodeElsewhere(text, index, out length);
    }

    /// <summary>As <see cref="Decode"/>, with longer characters decoded in place as well: for loops over text that may be in any script.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int DecodeInPlace(ReadOnlySpan<byte> text, int index, out int length)
    {
        var first = text[index];
        length = 1;
        return first < 0x80 ? first : DecodeLong(text[index..], first, out length);
    }

    /// <summary>The scalar that ends before <paramref name="end"/>, and its length in bytes.</summary>
    public static int DecodeBefore(ReadOnlySpan<byte> text, int end, out int length)
    {
        var start = end - 1;
        while (start > 0 && (text[start] & 0xC0) == 0x80) start--;
        return Decode(text, start, out length);
    }

    /// <summary>Writes a scalar; gives the number of bytes written (1 to 4).</summary>
    public static int Encode(int scalar, Span<byte> into)
    {
        if (scalar < 0x80)
        {
            into[0] = (byte)scalar;
            return 1;
        }

        if (scalar < 0x800)
        {
            into[0] = (byte)(0xC0 | scalar >> 6);
            into[1] = (byte)(0x80 | scalar & 0x3F);
            return 2;
        }

        if (scalar < 0x10000)
        {
            into[0] = (byte)(0xE0 | scalar >> 12);
            into[1] = (byte)(0x80 | scalar >> 6 & 0x3F);
            into[2] = (byte)(0x80 | scalar & 0x3F);
            return 3;
        }

        into[0] = (byte)(0xF0 | scalar >> 18);
        into[1] = (byte)(0x80 | scalar >> 12 & 0x3F);
        into[2] = (byte)(0x80 | scalar >> 6 & 0x3F);
        into[3] = (byte)(0x80 | scalar & 0x3F);
        return 4;
    }

    /// <summary>The length of a scalar in UTF-8.</summary>
    public static int Length(int scalar) => scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4;

    /// <summary>The length of the scalar that a byte starts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LengthOf(byte first) => first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    /// <summary>How many bytes at the end begin a character that further bytes may complete; the text may hold anything.</summary>
    public static int IncompleteLength(ReadOnlySpan<byte> text)
    {
        for (var length = 1; length <= Math.Min(3, text.Length); length++)
        {
            var value = text[^length];
            if (value < 0x80) return 0;
            if (value >= 0xC0) return (value >= 0xF0 ? 4 : value >= 0xE0 ? 3 : 2) > length ? length : 0;
        }

        return 0;
    }

    /// <summary>The number of scalars.</summary>
    public static int Count(ReadOnlySpan<byte> text)
    {
        var count = 0;
        foreach (var b in text) count += (b & 0xC0) != 0x80 ? 1 : 0;
        return count;
    }

    /// <summary>The scalars of a text.</summary>
    public static int[] Scalars(ReadOnlySpan<byte> text)
    {
        var scalars = new int[Count(text)];
        for (int i = 0, n = 0; n < scalars.Length; n++)
        {
            scalars[n] = Decode(text, i, out var length);
            i += length;
        }

        return scalars;
    }

    /// <summary>Transcodes UTF-16; a lone surrogate becomes U+FFFD.</summary>
    /// <param name="text">The text.</param>
    /// <param name="into">At least three bytes per UTF-16 unit.</param>
    /// <returns>The number of bytes written.</returns>
    public static int FromUtf16(ReadOnlySpan<char> text, Span<byte> into)
    {
        var written = 0;
        if (text.Length > FewUnits)
        {
            Utf8.FromUtf16(text, into, out _, out written, replaceInvalidSequences: true);
            return written;
        }

        for (var i = 0; i < text.Length; i++)
        {
            int scalar = text[i];
            if (scalar is >= 0xD800 and <= 0xDFFF)
            {
                var isPair = scalar <= 0xDBFF && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
                scalar = isPair ? char.ConvertToUtf32((char)scalar, text[++i]) : 0xFFFD;
            }

            if (scalar < 0x80) into[written++] = (byte)scalar;
            else written += Encode(scalar, into[written..]);
        }

        return written;
    }

    /// <summary>The bytes of a text; a lone surrogate becomes U+FFFD.</summary>
    public static byte[] BytesOf(string text)
    {
        if (text.Length > FewUnits) return Encoding.UTF8.GetBytes(text);
        Span<byte> bytes = stackalloc byte[3 * FewUnits];
        return bytes[..FromUtf16(text, bytes)].ToArray();
    }

    /// <summary>The text as a string.</summary>
    public static string ToUtf16(ReadOnlySpan<byte> text)
    {
        if (text.Length > FewBytes) return Encoding.UTF8.GetString(text);
        var (units, written) = (new char[text.Length], 0);
        for (var i = 0; i < text.Length;)
        {
            var scalar = Decode(text, i, out var length);
            i += length;
            if (scalar >= 0x10000) units[written++] = (char)(0xD7C0 + (scalar >> 10));
            units[written++] = scalar >= 0x10000 ? (char)(0xDC00 | scalar & 0x3FF) : (char)scalar;
        }

        return new string(units, 0, written);
    }

    /// <summary>Whether a text is ASCII alone.</summary>
    public static bool IsAscii(ReadOnlySpan<byte> text)
    {
        if (text.Length > FewUnits) return Ascii.IsValid(text);
        foreach (var b in text)
        {
            if (b >= 0x80) return false;
        }

        return true;
    }

    /// <summary>UTF-8 with invalid sequences replaced by U+FFFD, as <see cref="Encoding.UTF8"/> replaces them; the same bytes where there are none.</summary>
    public static ReadOnlySpan<byte> Repair(ReadOnlySpan<byte> text) => Utf8.IsValid(text) ? text : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int DecodeElsewhere(ReadOnlySpan<byte> text, int index, out int length) => DecodeLong(text[index..], text[index], out length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int DecodeLong(ReadOnlySpan<byte> text, byte first, out int length)
    {
        if (first < 0xE0)
        {
            length = 2;
            return (first & 0x1F) << 6 | text[1] & 0x3F;
        }

        if (first < 0xF0)
        {
            length = 3;
            return (first & 0x0F) << 12 | (text[1] & 0x3F) << 6 | text[2] & 0x3F;
        }

        length = 4;
        return (first & 0x07) << 18 | (text[1] & 0x3F) << 12 | (text[2] & 0x3F) << 6 | text[3] & 0x3F;
    }
}
