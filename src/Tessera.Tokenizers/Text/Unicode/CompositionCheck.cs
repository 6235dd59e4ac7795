namespace Tessera.Tokenizers.Text.Unicode;

/// <summary>
/// Finds where a text may differ from its NFC, by the quick check of Unicode Standard Annex 15: a scalar that never stands in NFC or may compose
/// with what comes before, or marks out of order. Everything up to the next starter that touches nothing before it has to be looked at.
/// </summary>
internal static class CompositionCheck
{
    private const byte Inert = 0, MayChange = 255; // between: the combining class of a mark that stays

    private static readonly byte[]?[] s_pages = new byte[]?[0x1100]; // by 256 scalars, made when first met

    /// <summary>The next stretch that may change.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">Where to look from: the start of the text or the end of the stretch before.</param>
    /// <param name="start">Where the stretch starts: at a starter that nothing before it composes with.</param>
    /// <param name="end">Where the next such starter stands, or the end of the text.</param>
    /// <returns>False where the rest is in NFC.</returns>
    public static bool Next(ReadOnlySpan<byte> text, int from, out int start, out int end)
    {
        start = from;
        byte last = 0;
        for (var i = from; i < text.Length;)
        {
            if (text[i] < 0x80)
            {
                var run = text[i..].IndexOfAnyExceptInRange((byte)0, (byte)0x7F);
                if (run < 0) break;
                i += run;
                start = i - 1;
                last = 0;
                continue;
            }

            var kind = KindOf(Utf8Text.Decode(text, i, out var length));
            if (kind == MayChange || kind != Inert && kind < last)
            {
                for (end = i + length; end < text.Length && KindOf(Utf8Text.Decode(text, end, out length)) != Inert;) end += length;
                return true;
            }

            if (kind == Inert) start = i;
            last = kind;
            i += length;
        }

        end = text.Length;
        return false;
    }

    private static byte KindOf(int scalar) => (s_pages[scalar >> 8] ?? Page(scalar >> 8))[scalar & 0xFF];

    private static byte[] Page(int number)
    {
        var page = new byte[256];
        for (var i = 0; i < page.Length; i++) page[i] = Classify(number << 8 | i);
        s_pages[number] = page;
        return page;
    }

    private static byte Classify(int scalar)
    {
        if (scalar is >= 0x1161 and <= 0x1175 or >= 0x11A8 and <= 0x11C2 || UnicodeTables.IsCompositionSecond(scalar) || UnicodeTables.IsNeverComposed(scalar)) return MayChange;
        // A primary composite comes back from its parts: its first is a starter that goes into nothing before it.
        return (byte)UnicodeTables.CombiningClass(scalar);
    }
}
