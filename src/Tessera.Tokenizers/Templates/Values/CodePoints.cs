using Tessera.Tokenizers.Templates.Rendering;

namespace Tessera.Tokenizers.Templates.Values;

/// <summary>
/// Strings counted in Unicode code points, as templates do, over .NET's UTF-16. A lone surrogate counts as one.
/// Example: Slice("héé😀x", 3, 4) → "😀".
/// </summary>
internal static class CodePoints
{
    public static bool HasSurrogates(ReadOnlySpan<char> text) => text.ContainsAnyInRange('\uD800', '\uDFFF');

    public static int Count(ReadOnlySpan<char> text)
    {
        if (!HasSurrogates(text))
            return text.Length;
        var count = 0;
        for (var i = 0; i < text.Length; i += Width(text, i))
            count++;
        return count;
    }

    /// <summary>UTF-16 units of the code point at <paramref name="index"/>.</summary>
    public static int Width(ReadOnlySpan<char> text, int index) =>
        index + 1 < text.Length && char.IsHighSurrogate(text[index]) && char.IsLowSurrogate(text[index + 1]) ? 2 : 1;

    /// <summary>The UTF-16 index of a code point; the length of the text if there are fewer.</summary>
    public static int ToUtf16(ReadOnlySpan<char> text, int codePoint)
    {
        var i = 0;
        while (codePoint > 0 && i < text.Length)
        {
            i += Width(text, i);
            codePoint--;
        }

        return i;
    }

    /// <summary>Part of a string value, [start, end) in code points, origins kept.</summary>
    public static Value Slice(RenderState state, in Value value, int start, int end)
    {
        var text = value.Text;
        state.Charge(text.Length);
        if (!HasSurrogates(text))
            return SliceUtf16(value, Math.Min(start, text.Length), Math.Min(end, text.Length));
        var from = ToUtf16(text, start);
        var to = from + ToUtf16(text.AsSpan(from), end - start);
        return SliceUtf16(value, from, to);
    }

    /// <summary>Part of a string value, [start, end) in UTF-16 units, origins kept.</summary>
    public static Value SliceUtf16(in Value value, int start, int end)
    {
        if (start >= end)
            return value.IsMarkup ? Value.Of(new MarkedText("", [], true)) : Value.EmptyString;
        if (start == 0 && end == value.Text.Length)
            return value;
        var text = value.Text[start..end];
        if (value.Marks is not { } marks)
            return Value.Of(text);
        var ranges = new List<(int, int)>();
        for (var i = marks.FirstRangeAfter(start); i < marks.ContentRanges.Length && marks.ContentRanges[i].Start < end; i++)
        {
            var (from, to) = marks.ContentRanges[i];
            ranges.Add((Math.Max(from, start) - start, Math.Min(to, end) - start));
        }

        return Value.Of(new MarkedText(text, [.. ranges], marks.IsMarkup));
    }

    /// <summary>
    /// The same string rewritten (case, escapes …): if any of it came from the conversation, all of the result counts as such unless the
    /// lengths agree, where the ranges are kept.
    /// </summary>
    public static Value Rewritten(in Value source, string result)
    {
        if (source.Marks is not { } marks)
            return Value.Of(result);
        if (marks.ContentRanges.Length == 0 || result.Length == source.Text.Length)
            return Value.Of(new MarkedText(result, marks.ContentRanges, marks.IsMarkup));
        return Value.Of(new MarkedText(result, result.Length == 0 ? [] : [(0, result.Length)], marks.IsMarkup));
    }

    /// <summary>The characters of a string, one value each; HTML safety is lost, as it is in Python.</summary>
    public static Value[] Split(Value value)
    {
        var text = value.Text;
        if (value.Marks is { IsMarkup: true } marks)
            value = Value.Of(new MarkedText(text, marks.ContentRanges));
        var items = new List<Value>(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var width = Width(text, i);
            items.Add(SliceUtf16(value, i, i + width));
            i += width;
        }

        return [.. items];
    }

    /// <summary>Converts ascending [start, end) ranges from UTF-16 units to code points, in one pass; ends may lie inside later starts.</summary>
    public static (int Start, int End)[] ToCodePoints(ReadOnlySpan<char> text, IReadOnlyList<(int Start, int End)> ranges)
    {
        var result = ranges.ToArray();
        if (result.Length == 0 || !HasSurrogates(text))
            return result;
        var low = 0; // count of low halves of pairs before each position is what separates the two units
        var pairsBefore = new int[text.Length + 1];
        for (var i = 0; i < text.Length; i++)
        {
            if (i > 0 && char.IsLowSurrogate(text[i]) && char.IsHighSurrogate(text[i - 1]))
                low++;
            pairsBefore[i + 1] = low;
        }

        for (var i = 0; i < result.Length; i++)
            result[i] = (result[i].Start - pairsBefore[result[i].Start], result[i].End - pairsBefore[result[i].End]);
        return result;
    }
}
