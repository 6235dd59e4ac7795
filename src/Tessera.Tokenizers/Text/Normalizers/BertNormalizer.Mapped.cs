using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.Normalizers;

/// <content>
/// One pass by tables: of nearly every character the steps make the same whatever stands around it. The exceptions are marks that stay and
/// have a combining class, which decomposition puts in order; the stretch around one of them takes the steps.
/// </content>
internal sealed partial class BertNormalizer
{
    // Of a character: the one it becomes, or one of these, or −3 − the place among its page's texts.
    private const int Gone = -1, TakesSteps = -2, FirstText = -3, PageBits = 8;

    private const int Stride = 4_096, LongestScalar = 4;

    private readonly Page?[] _pages = new Page?[0x110000 >> PageBits];
    private readonly AsciiMap _ascii = new(cleanText, lowercase);

    public override bool Apply(TextBuffer from, TextBuffer to)
    {
        var text = from.Span;
        to.Clear(from.HasRanges);
        for (var i = 0; i < text.Length;)
        {
            var code = MapAsLong(from, ref i, to);
            if (i == text.Length || code == Gone) continue;
            if (code == TakesSteps)
            {
                // Marks change places between two characters that have none: ASCII that stays.
                var (start, end) = (i, i);
                while (start > 0 && !Stays(text[start])) start--;
                while (end < text.Length && !Stays(text[end])) end++;
                to.Truncate(to.Length - LengthOfMapped(text[start..i]));
                AppendSteps(from, start, end, to);
                i = end;
                continue;
            }

            var length = Utf8Text.LengthOf(text[i]);
            if (code >= 0) to.AppendFor(from, i, code);
            else to.Append(_pages[Utf8Text.Decode(text, i, out _) >> PageBits]!.Texts[FirstText - code], from.SourceStart(i), from.SourceEnd(i + length - 1));
            i += length;
        }

        return true;
    }

    /// <summary>Maps characters that stay as long as they are, and drops the one behind them if it goes; else gives what becomes of that one, or <see cref="Gone"/> where there is none.</summary>
    private int MapAsLong(TextBuffer from, ref int position, TextBuffer to)
    {
        var text = from.Span[position..];
        if (text.Length > Stride) text = text[..Stride];
        var room = to.Room(text.Length + LongestScalar);
        var (i, code, length) = (0, Gone, 0);
        while (i < text.Length)
        {
            if (text[i] < 0x80)
            {
                var mapped = _ascii.Map(text[i..], room[i..]);
                i += mapped;
                if (mapped > 0) continue;
                (code, length) = (Gone, 1);
                break;
            }

            if (text.Length - i < LongestScalar && i + Utf8Text.LengthOf(text[i]) > text.Length) break; // cut by the stride
            var scalar = Utf8Text.DecodeInPlace(text, i, out length);
            var page = _pages[scalar >> PageBits] ??= MakePage(scalar >> PageBits);
            code = page.Codes[scalar & (1 << PageBits) - 1];
            if (code < 0 || Utf8Text.Encode(code, room[i..]) != length) break;
            i += length;
            (code, length) = (Gone, 0);
        }

        to.Commit(from, position, i);
        position += code == Gone ? i + length : i;
        return code;
    }

    private static bool Stays(byte b) => b is >= 0x20 and < 0x7F;

    /// <summary>The bytes that were made of characters none of which takes the steps.</summary>
    private int LengthOfMapped(ReadOnlySpan<byte> text)
    {
        var sum = 0;
        for (var i = 0; i < text.Length;)
        {
            var scalar = Utf8Text.Decode(text, i, out var length);
            i += length;
            if (scalar < 0x80)
            {
                sum += cleanText && IsDropped(scalar) ? 0 : 1;
                continue;
            }

            var page = _pages[scalar >> PageBits]!;
            var code = page.Codes[scalar & (1 << PageBits) - 1];
            sum += code >= 0 ? Utf8Text.Length(code) : code == Gone ? 0 : page.Texts[FirstText - code].Length;
        }

        return sum;
    }

    private Page MakePage(int number)
    {
        var (page, texts) = (new Page(new int[1 << PageBits], []), new List<byte[]>());
        var (scalars, utf8) = (new List<int>(), new byte[4]);
        for (var i = 0; i < page.Codes.Length; i++)
        {
            scalars.Clear();
            page.Codes[i] = Map(number << PageBits | i, scalars) ? scalars.Count == 0 ? Gone : scalars.Count == 1 ? scalars[0] : FirstText - texts.Count : TakesSteps;
            if (page.Codes[i] > FirstText) continue;
            var text = new List<byte>();
            foreach (var scalar in scalars) text.AddRange(utf8.AsSpan(0, Utf8Text.Encode(scalar, utf8)));
            texts.Add([.. text]);
        }

        return page with { Texts = [.. texts] };
    }

    /// <summary>What one character beyond ASCII becomes; false where that depends on its neighbours.</summary>
    private bool Map(int scalar, List<int> into)
    {
        if (scalar is >= 0xD800 and <= 0xDFFF) return true; // in no text
        if (cleanText && IsDropped(scalar)) return true;
        if (cleanText && CharacterClass.Is(scalar, CharacterClass.Space)) scalar = ' ';
        int[] cleaned = handleChineseCharacters && IsChinese(scalar) ? [' ', scalar, ' '] : [scalar];
        var utf8 = new byte[4];
        foreach (var part in cleaned)
        {
            var parts = new List<(int Scalar, int Change)> { (part, 0) };
            if (_stripAccents)
            {
                parts.Clear();
                NormalizationForm.Decompose(utf8.AsSpan(0, Utf8Text.Encode(part, utf8)), compatibility: false, parts);
            }

            foreach (var (kept, _) in parts)
            {
                if (_stripAccents && UnicodeTables.IsNonSpacingMark8(kept)) continue;
                if (_stripAccents && UnicodeTables.CombiningClass(kept) != 0) return false;
                into.Add(lowercase ? LowercaseNormalizer.Lower(kept) : kept);
                if (lowercase && kept == 0x130) into.Add(0x307);
            }
        }

        return true;
    }

    /// <summary>256 characters.</summary>
    /// <param name="Codes">What each becomes.</param>
    /// <param name="Texts">The texts that some become.</param>
    private sealed record Page(int[] Codes, byte[][] Texts);
}
