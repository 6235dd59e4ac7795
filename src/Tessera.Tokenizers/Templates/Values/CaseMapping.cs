using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Tessera.Tokenizers.Templates.Values;

/// <summary>
/// Unicode's full case mappings as Python applies them; .NET has the one-to-one mappings only.
/// Examples: upper("ß") = "SS", lower("İ") has two code points, title("ǆ") = "ǅ".
/// </summary>
internal static partial class CaseMapping
{
    private static readonly FrozenDictionary<char, (string Upper, string Title)> s_special = ReadTable();

    public static string Upper(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            AppendUpper(result, rune);
        return result.ToString();
    }

    public static string Lower(string text)
    {
        var result = new StringBuilder(text.Length);
        AppendLower(result, text, 0);
        return result.ToString();
    }

    /// <summary>The first code point in title case, the rest in lower case.</summary>
    public static string Capitalize(string text)
    {
        if (text.Length == 0)
            return text;
        var result = new StringBuilder(text.Length);
        var first = CodePoints.Width(text, 0);
        AppendTitle(result, text.EnumerateRunes().First());
        AppendLower(result, text, first);
        return result.ToString();
    }

    /// <summary>Every run of cased letters begins in title case: "don't" → "Don'T".</summary>
    public static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        var afterCased = false;
        var position = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (afterCased)
                AppendLower(result, text, position, rune);
            else
                AppendTitle(result, rune);
            afterCased = IsCased(rune);
            position += rune.Utf16SequenceLength;
        }

        return result.ToString();
    }

    public static string SwapCase(string text)
    {
        var result = new StringBuilder(text.Length);
        var position = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsUpper(rune))
                AppendLower(result, text, position, rune);
            else if (IsLower(rune))
                AppendUpper(result, rune);
            else
                result.Append(rune.ToString());
            position += rune.Utf16SequenceLength;
        }

        return result.ToString();
    }

    /// <summary>The first code point in upper case, the rest in lower case: what the filter title does to each word.</summary>
    public static string UpperFirst(string text)
    {
        var result = new StringBuilder(text.Length);
        var first = CodePoints.Width(text, 0);
        AppendUpper(result, text.EnumerateRunes().First());
        result.Append(Lower(text[first..]));
        return result.ToString();
    }

    public static bool IsUpper(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.UppercaseLetter
        || rune.Value is >= 0x2160 and <= 0x216F or >= 0x24B6 and <= 0x24CF; // Other_Uppercase: Roman numerals, circled letters

    public static bool IsLower(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.LowercaseLetter
        || rune.Value is 0xAA or 0xBA or >= 0x2170 and <= 0x217F or >= 0x24D0 and <= 0x24E9; // Other_Lowercase, the common part

    public static bool IsCased(Rune rune) => IsUpper(rune) || IsLower(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter;

    private static void AppendUpper(StringBuilder result, Rune rune)
    {
        if (rune.IsBmp && s_special.TryGetValue((char)rune.Value, out var special))
            result.Append(special.Upper);
        else
            Append(result, Rune.ToUpperInvariant(rune));
    }

    private static void AppendTitle(StringBuilder result, Rune rune)
    {
        if (rune.IsBmp && s_special.TryGetValue((char)rune.Value, out var special))
            result.Append(special.Title);
        else if (rune.Value is >= 0x1C4 and <= 0x1CC or >= 0x1F1 and <= 0x1F3) // ǄǅǆǇǈǉǊǋǌ, ǱǲǳǴ: the middle one of three
            result.Append((char)(rune.Value < 0x1F0 ? 0x1C5 + (rune.Value - 0x1C4) / 3 * 3 : 0x1F2));
        else if (rune.Value is >= 0x10D0 and <= 0x10FF) // Georgian titles are written in the small letters
            result.Append((char)rune.Value);
        else
            Append(result, Rune.ToUpperInvariant(rune));
    }

    private static void AppendLower(StringBuilder result, string text, int start)
    {
        var position = start;
        foreach (var rune in text.AsSpan(start).EnumerateRunes())
        {
            AppendLower(result, text, position, rune);
            position += rune.Utf16SequenceLength;
        }
    }

    private static void AppendLower(StringBuilder result, string text, int position, Rune rune)
    {
        if (rune.Value == 'İ')
            result.Append("i\u0307");
        else if (rune.Value == 'Σ')
            result.Append(IsFinalSigma(text, position) ? 'ς' : 'σ');
        else
            Append(result, Rune.ToLowerInvariant(rune));
    }

    private static void Append(StringBuilder result, Rune rune)
    {
        Span<char> units = stackalloc char[2];
        result.Append(units[..rune.EncodeToUtf16(units)]);
    }

    /// <summary>Unicode's Final_Sigma: a cased letter before, none after, case-ignorable characters skipped (at most 64 on each side).</summary>
    private static bool IsFinalSigma(string text, int position)
    {
        const int Look = 64; // keeps a text of sigmas and marks linear
        var before = position - 1;
        while (before >= 0 && position - before < Look && IsCaseIgnorable(text[before]))
            before--;
        if (before < 0 || !Rune.TryGetRuneAt(text, before > 0 && char.IsLowSurrogate(text[before]) ? before - 1 : before, out var previous)
            || !IsCased(previous))
            return false;
        var after = position + 1;
        while (after < text.Length && after - position < Look && IsCaseIgnorable(text[after]))
            after++;
        return after >= text.Length || !Rune.TryGetRuneAt(text, after, out var next) || !IsCased(next);
    }

    private static bool IsCaseIgnorable(char c) => c is '\'' or '.' or ':' or '·' or '’' || char.GetUnicodeCategory(c) is
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.ModifierLetter
        or UnicodeCategory.ModifierSymbol;

    private static FrozenDictionary<char, (string Upper, string Title)> ReadTable()
    {
        var table = new Dictionary<char, (string, string)>();
        foreach (var row in SpecialCasing.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var cells = row.Split(' ');
            table.Add(cells[0][0], (cells[1], cells[2]));
        }

        return table.ToFrozenDictionary();
    }
}
