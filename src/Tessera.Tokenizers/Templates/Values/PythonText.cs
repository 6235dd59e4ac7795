using System.Globalization;
using System.Numerics;
using System.Text;

namespace Tessera.Tokenizers.Templates.Values;

/// <summary>What Python's str knows about characters: whitespace, line ends, digits, and int() of a text.</summary>
internal static class PythonText
{
    /// <summary>str.isspace and \s: Unicode's whitespace and U+001C–U+001F.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    /// <summary>Where str.splitlines breaks.</summary>
    public static bool IsLineEnd(char c) => c is >= '\n' and <= '\r' or >= '\x1c' and <= '\x1e' or '\x85' or '\u2028' or '\u2029';

    /// <summary>[start, end) of what remains after stripping; <paramref name="characters"/> null means whitespace.</summary>
    public static (int Start, int End) StripRange(string text, string? characters, bool left, bool right)
    {
        var (start, end) = (0, text.Length);
        var set = characters is null ? null : new HashSet<Rune>(characters.EnumerateRunes());
        while (left && start < end && StripsAt(text, start, set, out var width))
            start += width;
        while (right && start < end)
        {
            var last = end - 1;
            if (last > start && char.IsLowSurrogate(text[last]) && char.IsHighSurrogate(text[last - 1]))
                last--;
            if (!StripsAt(text, last, set, out _))
                break;
            end = last;
        }

        return (start, end);
    }

    public static ReadOnlySpan<char> Strip(string text)
    {
        var (start, end) = StripRange(text, null, true, true);
        return text.AsSpan(start, end - start);
    }

    /// <summary>[start, end) of each line, line ends excluded (or included if asked); no empty line after the last line end.</summary>
    public static List<(int Start, int End)> SplitLines(string text, bool keepEnds = false)
    {
        var lines = new List<(int, int)>();
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (!IsLineEnd(text[i]))
                continue;
            var next = text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n' ? i + 2 : i + 1;
            lines.Add((start, keepEnds ? next : i));
            start = next;
            i = next - 1;
        }

        if (start < text.Length)
            lines.Add((start, text.Length));
        return lines;
    }

    /// <summary>Removes underscores that stand between digits; false if one stands elsewhere.</summary>
    public static bool TryRemoveUnderscores(ReadOnlySpan<char> text, out string digits)
    {
        digits = "";
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '_' && (i == 0 || i + 1 == text.Length || !char.IsAsciiHexDigit(text[i - 1]) || !char.IsAsciiHexDigit(text[i + 1])))
                return false;
        }

        digits = text.ToString().Replace("_", "", StringComparison.Ordinal);
        return true;
    }

    /// <summary>Python's int(text, radix) for radix 0 and 2 to 36; at most 4,300 digits, Python's own limit.</summary>
    public static bool TryParseInteger(string text, int radix, out BigInteger value)
    {
        value = default;
        var body = Strip(text);
        var isNegative = body.Length > 0 && body[0] == '-';
        if (body.Length > 0 && body[0] is '+' or '-')
            body = body[1..];
        var prefixRadix = body.Length > 2 && body[0] == '0' ? (body[1] | 0x20) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 } : 0;
        if (prefixRadix != 0 && (radix == 0 || radix == prefixRadix))
        {
            radix = prefixRadix;
            body = body[2] == '_' ? body[3..] : body[2..];
        }
        else if (radix == 0)
        {
            radix = 10;
            if (body.Length > 1 && body[0] == '0' && body.ContainsAnyExcept('0', '_'))
                return false;
        }

        if (body.Length is 0 or > 4300)
            return false;
        var previousWasDigit = false;
        foreach (var c in body)
        {
            var digit = c == '_' ? -1 : DigitValue(c);
            if (c == '_' ? !previousWasDigit : digit < 0 || digit >= radix)
                return false;
            previousWasDigit = c != '_';
            if (previousWasDigit)
                value = value * radix + digit;
        }

        if (isNegative)
            value = -value;
        return previousWasDigit;
    }

    /// <summary>str.isalnum for one code point.</summary>
    public static bool IsAlphanumeric(Rune rune) => Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    /// <summary>A name as Python allows it: a letter or underscore, then letters, marks, digits and connectors.</summary>
    public static bool IsNamePart(char c, bool first)
    {
        if (char.IsAsciiLetter(c) || c == '_' || (!first && char.IsAsciiDigit(c)))
            return true;
        if (char.IsAscii(c))
            return false;
        return char.GetUnicodeCategory(c) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber => true,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber
                or UnicodeCategory.ConnectorPunctuation => !first,
            _ => false,
        };
    }

    private static int DigitValue(char c)
    {
        if (char.IsAsciiLetter(c))
            return (c | 0x20) - 'a' + 10;
        return CharUnicodeInfo.GetDecimalDigitValue(c);
    }

    private static bool StripsAt(string text, int index, HashSet<Rune>? set, out int width)
    {
        width = 1;
        if (set is null)
            return IsSpace(text[index]);
        if (!Rune.TryGetRuneAt(text, index, out var rune))
            return false;
        width = rune.Utf16SequenceLength;
        return set.Contains(rune);
    }
}
