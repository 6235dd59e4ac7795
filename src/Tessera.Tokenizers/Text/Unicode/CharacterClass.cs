using System.Globalization;
using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers.Text.Unicode;

/// <summary>
/// The class of a scalar as one small number, and sets of classes as bit masks: bits 0 to 29 are the values of <see cref="UnicodeCategory"/>,
/// bit 30 is white space (which then is in no category). Unicode 16, the version of .NET 10 and of the patterns of tokenizers 0.23.
/// </summary>
internal static class CharacterClass
{
    public const int WhiteSpace = 30;

    public const uint Space = 1u << WhiteSpace;
    public const uint Upper = 1u << (int)UnicodeCategory.UppercaseLetter | 1u << (int)UnicodeCategory.TitlecaseLetter;
    public const uint Lower = 1u << (int)UnicodeCategory.LowercaseLetter;
    public const uint UncasedLetter = 1u << (int)UnicodeCategory.ModifierLetter | 1u << (int)UnicodeCategory.OtherLetter;
    public const uint Letter = Upper | Lower | UncasedLetter;
    public const uint Mark = 1u << (int)UnicodeCategory.NonSpacingMark | 1u << (int)UnicodeCategory.SpacingCombiningMark | 1u << (int)UnicodeCategory.EnclosingMark;
    public const uint Number = 1u << (int)UnicodeCategory.DecimalDigitNumber | 1u << (int)UnicodeCategory.LetterNumber | 1u << (int)UnicodeCategory.OtherNumber;
    public const uint Punctuation = 1u << (int)UnicodeCategory.ConnectorPunctuation | 1u << (int)UnicodeCategory.DashPunctuation
        | 1u << (int)UnicodeCategory.OpenPunctuation | 1u << (int)UnicodeCategory.ClosePunctuation | 1u << (int)UnicodeCategory.InitialQuotePunctuation
        | 1u << (int)UnicodeCategory.FinalQuotePunctuation | 1u << (int)UnicodeCategory.OtherPunctuation;
    public const uint Symbol = 1u << (int)UnicodeCategory.MathSymbol | 1u << (int)UnicodeCategory.CurrencySymbol
        | 1u << (int)UnicodeCategory.ModifierSymbol | 1u << (int)UnicodeCategory.OtherSymbol;
    public const uint Any = uint.MaxValue;

    private static readonly byte[] s_plane = BuildPlane();

    /// <summary>The class of a scalar: a <see cref="UnicodeCategory"/> or <see cref="WhiteSpace"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Of(int scalar) => (uint)scalar < 0x10000 ? s_plane[scalar] : (int)CharUnicodeInfo.GetUnicodeCategory(scalar);

    /// <summary>Whether a scalar's class is in a mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Is(int scalar, uint mask) => (mask >> Of(scalar) & 1) != 0;

    /// <summary>Whether the scalar at an index is in a mask; false at the end of the text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsAt(ReadOnlySpan<byte> text, int index, uint mask) => (uint)index < (uint)text.Length && Is(Utf8Text.Decode(text, index, out _), mask);

    /// <summary>The end of the run of scalars in a mask that starts at an index.</summary>
    public static int Run(ReadOnlySpan<byte> text, int index, uint mask)
    {
        while ((uint)index < (uint)text.Length)
        {
            var scalar = Utf8Text.DecodeInPlace(text, index, out var length);
            if ((mask >> Of(scalar) & 1) == 0) break;
            index += length;
        }

        return index;
    }

    /// <summary>
    /// Whether a scalar belongs to a word (<c>\w</c>): alphabetic, mark, decimal digit or connector. Alphabetic beyond letters, letter
    /// numbers and marks are only the circled and squared Latin letters.
    /// </summary>
    public static bool IsWord(int scalar)
    {
        const uint word = Letter | Mark | 1u << (int)UnicodeCategory.DecimalDigitNumber | 1u << (int)UnicodeCategory.LetterNumber | 1u << (int)UnicodeCategory.ConnectorPunctuation;
        return Is(scalar, word) || scalar is >= 0x24B6 and <= 0x24E9 or >= 0x1F130 and <= 0x1F149 or >= 0x1F150 and <= 0x1F169 or >= 0x1F170 and <= 0x1F189;
    }

    /// <summary>As <see cref="IsWord"/>, and the two joiners: <c>\w</c> of Rust's regex crate (UTS 18), where the other is Oniguruma's.</summary>
    public static bool IsWordOrJoiner(int scalar) => scalar is 0x200C or 0x200D || IsWord(scalar);

    private static byte[] BuildPlane()
    {
        var plane = new byte[0x10000];
        for (var c = 0; c < plane.Length; c++)
        {
            plane[c] = char.IsWhiteSpace((char)c) ? (byte)WhiteSpace : (byte)CharUnicodeInfo.GetUnicodeCategory((char)c);
            // The rest of a large block, most of the plane, is like its first character: ideographs, syllables, surrogates, private use.
            var end = c switch { 0x3400 => 0x4DC0, 0x4E00 => 0xA000, 0xAC00 => 0xD7A4, 0xD800 => 0xE000, 0xE000 => 0xF900, _ => c };
            if (end == c) continue;
            for (var next = c + 1; next < end; next++) plane[next] = plane[c];
            c = end - 1;
        }

        return plane;
    }
}
