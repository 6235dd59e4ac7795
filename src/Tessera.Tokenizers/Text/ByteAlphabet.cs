namespace Tessera.Tokenizers.Text;

/// <summary>
/// GPT-2's map between bytes and printable characters: 21–7E, A1–AC and AE–FF stand for themselves, the other 68 bytes in increasing
/// order for U+0100, U+0101, … (openai/gpt-2, encoder.py, bytes_to_unicode).
/// </summary>
internal static class ByteAlphabet
{
    private static readonly int[] s_characters = Build();
    private static readonly short[] s_bytes = Invert();

    /// <summary>The character of a byte.</summary>
    public static int CharacterOf(byte value) => s_characters[value];

    /// <summary>The byte of a character, or −1.</summary>
    public static int ByteOf(int character) => (uint)character < (uint)s_bytes.Length ? s_bytes[character] : -1;

    /// <summary>The bytes that a text in this alphabet stands for; null where a character is not of the alphabet.</summary>
    public static byte[]? Decode(ReadOnlySpan<byte> text)
    {
        var bytes = new byte[text.Length];
        return TryDecode(text, bytes, out var length) ? bytes[..length] : null;
    }

    /// <summary>Writes the bytes that a text in this alphabet stands for.</summary>
    /// <param name="text">The text.</param>
    /// <param name="into">As long as the text.</param>
    /// <param name="written">How many bytes were written.</param>
    /// <returns>False where a character is not of the alphabet.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> into, out int written)
    {
        written = 0;
        for (var i = 0; i < text.Length;)
        {
            var value = ByteOf(Utf8Text.Decode(text, i, out var length));
            if (value < 0) return false;
            into[written++] = (byte)value;
            i += length;
        }

        return true;
    }

    /// <summary>Bytes written in this alphabet, as UTF-8.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> bytes)
    {
        var text = new byte[2 * bytes.Length];
        var length = 0;
        foreach (var value in bytes) length += Utf8Text.Encode(s_characters[value], text.AsSpan(length));
        return text[..length];
    }

    /// <summary>Appends part of a text, mapped; each character has the source range of its byte's character.</summary>
    public static void Append(TextBuffer from, int start, int length, TextBuffer to)
    {
        var text = from.Span;
        for (var i = start; i < start + length; i++) to.Append(s_characters[text[i]], from.SourceStart(i), from.SourceEnd(i));
    }

    private static int[] Build()
    {
        var characters = new int[256];
        var next = 0x100;
        for (var b = 0; b < 256; b++) characters[b] = b is >= 0x21 and <= 0x7E or >= 0xA1 and <= 0xAC or >= 0xAE ? b : next++;
        return characters;
    }

    private static short[] Invert()
    {
        var bytes = new short[0x100 + 68];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = -1;
        for (var b = 0; b < 256; b++) bytes[s_characters[b]] = (short)b;
        return bytes;
    }
}
