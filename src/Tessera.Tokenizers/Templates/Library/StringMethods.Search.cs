using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Library;

internal static partial class StringMethods
{
    /// <summary>Replaces up to <paramref name="count"/> occurrences (all if negative), origins kept; an empty text is found between all characters.</summary>
    public static Value Replace(RenderState state, in Value text, string old, in Value replacement, long count)
    {
        var source = text.Text;
        var output = state.NewText();
        var position = 0;
        var isFirst = true;
        while (count != 0)
        {
            int found;
            if (old.Length > 0)
            {
                found = source.IndexOf(old, position, StringComparison.Ordinal);
                if (found < 0)
                    break;
            }
            else
            {
                found = isFirst ? 0 : position < source.Length ? position + CodePoints.Width(source, position) : -1;
                if (found < 0)
                    break;
                isFirst = false;
            }

            output.AppendSlice(text, position, found - position);
            output.Append(replacement);
            position = found + old.Length;
            count--;
        }

        output.AppendSlice(text, position, source.Length - position);
        return output.ToValue(text.IsMarkup);
    }

    private static void AddSearches(Action<string, string[], int, Func<RenderState, Value, Value[], Value>> add)
    {
        add("startswith", ["prefix", "start", "end"], 1, (_, text, bound) => Value.Of(HasAffix(text, bound, atStart: true)));
        add("endswith", ["suffix", "start", "end"], 1, (_, text, bound) => Value.Of(HasAffix(text, bound, atStart: false)));
        add("find", ["sub", "start", "end"], 1, (_, text, bound) => Value.Of(Search(text, bound, last: false)));
        add("rfind", ["sub", "start", "end"], 1, (_, text, bound) => Value.Of(Search(text, bound, last: true)));
        add("index", ["sub", "start", "end"], 1, (_, text, bound) => Value.Of(Found(Search(text, bound, last: false))));
        add("rindex", ["sub", "start", "end"], 1, (_, text, bound) => Value.Of(Found(Search(text, bound, last: true))));
        add("count", ["sub", "start", "end"], 1, (_, text, bound) => Value.Of(CountOccurrences(text, bound)));
        add("removeprefix", ["prefix"], 1, (_, text, bound) => text.Text.StartsWith(Text(bound[0]), StringComparison.Ordinal)
            ? CodePoints.SliceUtf16(text, bound[0].Text.Length, text.Text.Length)
            : text);
        add("removesuffix", ["suffix"], 1, (_, text, bound) => text.Text.EndsWith(Text(bound[0]), StringComparison.Ordinal)
            ? CodePoints.SliceUtf16(text, 0, text.Text.Length - bound[0].Text.Length)
            : text);
        add("replace", ["old", "new", "count"], 2, (state, text, bound) =>
        {
            Text(bound[1]);
            var replacement = text.IsMarkup ? HtmlText.Escape(state, bound[1]) : bound[1];
            return Replace(state, text, Text(bound[0]), replacement, bound[2].IsMissing ? -1 : Integer(bound[2]));
        });
    }

    /// <summary>An argument that must be a string.</summary>
    private static string Text(in Value value) => value.IsString
        ? value.Text
        : throw Faults.Type($"must be str, not {value.TypeName}");

    /// <summary>The part between the start and end arguments, in UTF-16 units; null if the start lies beyond the end.</summary>
    private static (int Start, int End)? Range(string text, in Value start, in Value end)
    {
        if (start.IsMissing && end.IsMissing)
            return (0, text.Length);
        var length = CodePoints.Count(text);
        if (!start.IsMissing && !start.IsNone && Integer(start) > length)
            return null;
        var (from, to) = Bounds(length, start, end);
        if (from > to)
            return null;
        return (CodePoints.ToUtf16(text, from), CodePoints.ToUtf16(text, to));
    }

    private static bool HasAffix(in Value text, Value[] bound, bool atStart)
    {
        if (Range(text.Text, bound[1], bound[2]) is not { } range)
            return false;
        var part = text.Text.AsSpan(range.Start, range.End - range.Start);
        if (bound[0].Kind != ValueKind.Tuple)
        {
            var affix = bound[0].IsString
                ? bound[0].Text
                : throw Faults.Type($"{(atStart ? "startswith" : "endswith")} first arg must be str or a tuple of str, not {bound[0].TypeName}");
            return atStart ? part.StartsWith(affix) : part.EndsWith(affix);
        }

        foreach (var item in bound[0].Items)
        {
            if (atStart ? part.StartsWith(Text(item)) : part.EndsWith(Text(item)))
                return true;
        }

        return false;
    }

    /// <summary>Index in code points, or −1.</summary>
    private static int Search(in Value text, Value[] bound, bool last)
    {
        var wanted = Text(bound[0]);
        if (Range(text.Text, bound[1], bound[2]) is not { } range)
            return -1;
        var part = text.Text.AsSpan(range.Start, range.End - range.Start);
        var found = last ? part.LastIndexOf(wanted) : part.IndexOf(wanted);
        if (last && wanted.Length == 0)
            found = part.Length;
        return found < 0 ? -1 : CodePoints.Count(text.Text.AsSpan(0, range.Start + found));
    }

    private static int Found(int index) => index >= 0 ? index : throw Faults.Value("substring not found");

    private static int CountOccurrences(in Value text, Value[] bound)
    {
        var wanted = Text(bound[0]);
        if (Range(text.Text, bound[1], bound[2]) is not { } range)
            return 0;
        var part = text.Text.AsSpan(range.Start, range.End - range.Start);
        return wanted.Length == 0 ? CodePoints.Count(part) + 1 : part.Count(wanted);
    }

    private static void AddSplits(Action<string, string[], int, Func<RenderState, Value, Value[], Value>> add)
    {
        add("split", ["sep", "maxsplit"], 0, (state, text, bound) => Split(state, text, bound, fromRight: false));
        add("rsplit", ["sep", "maxsplit"], 0, (state, text, bound) => Split(state, text, bound, fromRight: true));
        add("partition", ["sep"], 1, (_, text, bound) => Partition(text, bound[0], last: false));
        add("rpartition", ["sep"], 1, (_, text, bound) => Partition(text, bound[0], last: true));
        add("splitlines", ["keepends"], 0, (state, text, bound) =>
        {
            var lines = PythonText.SplitLines(text.Text, bound[0].IsTruthy);
            return Pieces(state, text, lines);
        });
    }

    private static Value Split(RenderState state, in Value text, Value[] bound, bool fromRight)
    {
        var limit = bound[1].IsMissing ? -1 : Integer(bound[1]);
        if (limit < 0)
            limit = long.MaxValue;
        if (bound[0].IsMissing || bound[0].IsNone)
            return Pieces(state, text, fromRight ? SplitSpaceFromRight(text.Text, limit) : SplitSpace(text.Text, limit));
        var separator = Text(bound[0]);
        if (separator.Length == 0)
            throw Faults.Value("empty separator");
        return Pieces(state, text, fromRight ? SplitFromRight(text.Text, separator, limit) : SplitAt(text.Text, separator, limit));
    }

    private static Value Pieces(RenderState state, in Value text, List<(int Start, int End)> ranges)
    {
        state.RequireElementCount(ranges.Count);
        var pieces = new Value[ranges.Count];
        for (var i = 0; i < pieces.Length; i++)
            pieces[i] = CodePoints.SliceUtf16(text, ranges[i].Start, ranges[i].End);
        return Value.List(pieces);
    }

    private static List<(int Start, int End)> SplitAt(string text, string separator, long limit)
    {
        var ranges = new List<(int, int)>();
        var start = 0;
        while (limit-- > 0 && text.IndexOf(separator, start, StringComparison.Ordinal) is >= 0 and var found)
        {
            ranges.Add((start, found));
            start = found + separator.Length;
        }

        ranges.Add((start, text.Length));
        return ranges;
    }

    private static List<(int Start, int End)> SplitFromRight(string text, string separator, long limit)
    {
        var ranges = new List<(int, int)>();
        var end = text.Length;
        while (limit-- > 0 && text.AsSpan(0, end).LastIndexOf(separator) is >= 0 and var found)
        {
            ranges.Add((found + separator.Length, end));
            end = found;
        }

        ranges.Add((0, end));
        ranges.Reverse();
        return ranges;
    }

    private static List<(int Start, int End)> SplitSpace(string text, long limit)
    {
        var ranges = new List<(int, int)>();
        var i = 0;
        while (true)
        {
            while (i < text.Length && PythonText.IsSpace(text[i]))
                i++;
            if (i == text.Length)
                return ranges;
            var start = i;
            if (limit-- == 0)
            {
                ranges.Add((start, text.Length)); // space at the far end stays, as in Python
                return ranges;
            }

            while (i < text.Length && !PythonText.IsSpace(text[i]))
                i++;
            ranges.Add((start, i));
        }
    }

    private static List<(int Start, int End)> SplitSpaceFromRight(string text, long limit)
    {
        var ranges = new List<(int, int)>();
        var i = text.Length;
        while (true)
        {
            while (i > 0 && PythonText.IsSpace(text[i - 1]))
                i--;
            if (i == 0)
                break;
            var end = i;
            if (limit-- == 0)
            {
                ranges.Add((0, end));
                break;
            }

            while (i > 0 && !PythonText.IsSpace(text[i - 1]))
                i--;
            ranges.Add((i, end));
        }

        ranges.Reverse();
        return ranges;
    }

    private static Value Partition(in Value text, in Value separator, bool last)
    {
        var wanted = Text(separator);
        if (wanted.Length == 0)
            throw Faults.Value("empty separator");
        var found = last ? text.Text.LastIndexOf(wanted, StringComparison.Ordinal) : text.Text.IndexOf(wanted, StringComparison.Ordinal);
        var empty = Value.EmptyString;
        if (found < 0)
            return last ? Value.Tuple(empty, empty, text) : Value.Tuple(text, empty, empty);
        return Value.Tuple(
            CodePoints.SliceUtf16(text, 0, found),
            CodePoints.SliceUtf16(text, found, found + wanted.Length),
            CodePoints.SliceUtf16(text, found + wanted.Length, text.Text.Length));
    }
}
