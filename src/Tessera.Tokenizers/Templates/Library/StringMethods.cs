using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Library;

/// <summary>Python's methods of str, with the table of them.</summary>
internal static partial class StringMethods
{
    private static readonly FrozenDictionary<string, Func<RenderState, Value, Arguments, Value>> s_table = Build();

    /// <summary>Where padding goes.</summary>
    public enum Side
    {
        Left,
        Right,
        Both,
    }

    public static Func<RenderState, Value, Arguments, Value>? Find(string name) => s_table.GetValueOrDefault(name);

    /// <summary>An argument that must be an integer.</summary>
    public static long Integer(in Value value)
    {
        if (value.IsSmallInteger)
            return value.Integer;
        if (value.Kind == ValueKind.BigInteger)
            return value.BigInteger.Sign < 0 ? long.MinValue / 4 : long.MaxValue / 4;
        throw value.IsUndefined ? value.Origin.ToException() : Faults.Type($"'{value.TypeName}' object cannot be interpreted as an integer");
    }

    /// <summary>Start and stop arguments by Python's slicing rules.</summary>
    public static (int Start, int Stop) Bounds(int length, in Value start, in Value stop)
    {
        return (Clamp(start, 0), Clamp(stop, length));

        int Clamp(in Value bound, int absent)
        {
            if (bound.IsMissing || bound.IsNone)
                return absent;
            var value = Integer(bound);
            return (int)Math.Clamp(value < 0 ? value + length : value, 0, length);
        }
    }

    /// <summary>Whether all cased letters have that case, and there is one.</summary>
    public static bool IsCase(string text, bool lower)
    {
        var any = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (!CaseMapping.IsCased(rune))
                continue;
            if (lower ? !CaseMapping.IsLower(rune) : !CaseMapping.IsUpper(rune))
                return false;
            any = true;
        }

        return any;
    }

    private static FrozenDictionary<string, Func<RenderState, Value, Arguments, Value>> Build()
    {
        var table = new Dictionary<string, Func<RenderState, Value, Arguments, Value>>();
        void Add(string name, string[] parameters, int required, Func<RenderState, Value, Value[], Value> body) =>
            table.Add(name, (state, text, arguments) =>
            {
                state.Charge(text.Text.Length);
                arguments.ChargeTexts(state);
                return body(state, text, arguments.Bind(name, parameters, required));
            });

        AddCases(Add);
        AddTests(Add);
        AddSearches(Add);
        AddSplits(Add);
        Add("strip", ["chars"], 0, (state, text, bound) => Strip(state, text, bound[0], left: true, right: true));
        Add("lstrip", ["chars"], 0, (state, text, bound) => Strip(state, text, bound[0], left: true, right: false));
        Add("rstrip", ["chars"], 0, (state, text, bound) => Strip(state, text, bound[0], left: false, right: true));
        Add("center", ["width", "fillchar"], 1, (state, text, bound) => Pad(state, text, bound[0], bound[1], Side.Both));
        Add("ljust", ["width", "fillchar"], 1, (state, text, bound) => Pad(state, text, bound[0], bound[1], Side.Right));
        Add("rjust", ["width", "fillchar"], 1, (state, text, bound) => Pad(state, text, bound[0], bound[1], Side.Left));
        Add("zfill", ["width"], 1, ZeroFill);
        Add("expandtabs", ["tabsize"], 0, ExpandTabs);
        Add("join", ["iterable"], 1, Join);
        Add("format_map", ["mapping"], 1, FormatMap);
        table.Add("format", (state, text, arguments) => new BraceFormat(state, arguments).Format(text));
        return table.ToFrozenDictionary();
    }

    private static void AddCases(Action<string, string[], int, Func<RenderState, Value, Value[], Value>> add)
    {
        add("upper", [], 0, (_, text, _) => CodePoints.Rewritten(text, CaseMapping.Upper(text.Text)));
        add("lower", [], 0, (_, text, _) => CodePoints.Rewritten(text, CaseMapping.Lower(text.Text)));
        add("casefold", [], 0, (_, text, _) => CodePoints.Rewritten(
            text, CaseMapping.Lower(CaseMapping.Lower(CaseMapping.Upper(text.Text))).Replace('ς', 'σ')));
        add("title", [], 0, (_, text, _) => CodePoints.Rewritten(text, CaseMapping.Title(text.Text)));
        add("capitalize", [], 0, (_, text, _) => CodePoints.Rewritten(text, CaseMapping.Capitalize(text.Text)));
        add("swapcase", [], 0, (_, text, _) => CodePoints.Rewritten(text, CaseMapping.SwapCase(text.Text)));
    }

    private static void AddTests(Action<string, string[], int, Func<RenderState, Value, Value[], Value>> add)
    {
        void All(string name, Func<Rune, bool> holds) => add(name, [], 0, (_, text, _) =>
            Value.Of(text.Text.Length > 0 && text.Text.EnumerateRunes().All(holds)));

        All("isalpha", Rune.IsLetter);
        All("isalnum", PythonText.IsAlphanumeric);
        All("isdecimal", rune => Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber);
        All("isdigit", rune => CharUnicodeInfo.GetDigitValue(rune.ToString(), 0) >= 0);
        All("isnumeric", rune => CharUnicodeInfo.GetNumericValue(rune.ToString(), 0) >= 0);
        All("isspace", rune => rune.IsBmp && PythonText.IsSpace((char)rune.Value));
        add("isascii", [], 0, (_, text, _) => Value.Of(Ascii.IsValid(text.Text)));
        add("isprintable", [], 0, (_, text, _) =>
            Value.Of(text.Text.EnumerateRunes().All(rune => PythonRepresentation.IsPrintable(rune.ToString()))));
        add("isidentifier", [], 0, (_, text, _) => Value.Of(
            text.Text.Length > 0 && text.Text.Select((c, i) => PythonText.IsNamePart(c, i == 0)).All(valid => valid)));
        add("islower", [], 0, (_, text, _) => Value.Of(IsCase(text.Text, lower: true)));
        add("isupper", [], 0, (_, text, _) => Value.Of(IsCase(text.Text, lower: false)));
        add("istitle", [], 0, (_, text, _) => Value.Of(text.Text.EnumerateRunes().Any(CaseMapping.IsCased)
            && CaseMapping.Title(text.Text) == text.Text));
    }

    /// <summary>Removes characters from the ends; a missing or none argument means whitespace.</summary>
    public static Value Strip(RenderState state, in Value text, in Value characters, bool left, bool right)
    {
        if (characters.IsString)
            state.Charge(16L * characters.Text.Length); // they become a set
        if (!characters.IsMissing && !characters.IsNone && !characters.IsString)
            throw Faults.Type($"strip arg must be None or str, not {characters.TypeName}");
        var (start, end) = PythonText.StripRange(text.Text, characters.IsString ? characters.Text : null, left, right);
        return CodePoints.SliceUtf16(text, start, end);
    }

    /// <summary>Fills up to a width in code points. With <see cref="Side.Both"/>, an odd space goes where Python puts it.</summary>
    public static Value Pad(RenderState state, in Value text, in Value width, in Value fill, Side side)
    {
        var target = Integer(width);
        var fillText = fill.IsMissing ? " " : fill.IsString && CodePoints.Count(fill.Text) == 1
            ? fill.Text
            : throw Faults.Type("The fill character must be exactly one character long");
        state.RequireTextLength(target);
        var missing = target - CodePoints.Count(text.Text);
        if (missing <= 0)
            return text;
        var left = side switch
        {
            Side.Left => missing,
            Side.Right => 0,
            _ => missing / 2 + (missing & target & 1), // CPython, unicode_center
        };
        var output = state.NewText();
        for (long i = 0; i < left; i++)
            output.Append(fillText);
        output.Append(text);
        for (var i = left; i < missing; i++)
            output.Append(fillText);
        return output.ToValue(text.IsMarkup);
    }

    private static Value ZeroFill(RenderState state, Value text, Value[] bound)
    {
        var width = Integer(bound[0]);
        state.RequireTextLength(width);
        var missing = width - CodePoints.Count(text.Text);
        var sign = text.Text.Length > 0 && text.Text[0] is '+' or '-' ? 1 : 0;
        var output = state.NewText();
        output.AppendSlice(text, 0, sign);
        output.AppendRepeated('0', missing);
        output.AppendSlice(text, sign, text.Text.Length - sign);
        return output.ToValue(text.IsMarkup);
    }

    private static Value ExpandTabs(RenderState state, Value text, Value[] bound)
    {
        var size = bound[0].IsMissing ? 8 : Integer(bound[0]);
        var output = state.NewText();
        var column = 0L;
        for (var i = 0; i < text.Text.Length; i++)
        {
            var c = text.Text[i];
            if (c == '\t')
            {
                var spaces = size > 0 ? size - column % size : 0;
                state.RequireTextLength(spaces);
                output.AppendRepeated(' ', spaces);
                column += spaces;
                continue;
            }

            output.AppendSlice(text, i, 1);
            column = c is '\n' or '\r' ? 0 : char.IsLowSurrogate(c) ? column : column + 1;
        }

        return output.ToValue(text.IsMarkup);
    }

    private static Value Join(RenderState state, Value separator, Value[] bound)
    {
        var output = state.NewText();
        var items = state.Iterate(bound[0], "can only join an iterable");
        for (var i = 0; i < items.Length; i++)
        {
            if (!items[i].IsString)
                throw Faults.Type($"sequence item {i}: expected str instance, {items[i].TypeName} found");
            if (i > 0)
                output.Append(separator);
            output.Append(separator.IsMarkup ? HtmlText.Escape(state, items[i]) : items[i]);
        }

        return output.ToValue(separator.IsMarkup);
    }

    private static Value FormatMap(RenderState state, Value format, Value[] bound)
    {
        if (bound[0].Kind != ValueKind.Dictionary)
            throw Faults.Type($"format_map() argument must be a mapping, not {bound[0].TypeName}");
        var dictionary = bound[0].Dictionary;
        var named = new List<KeyValuePair<string, Value>>(dictionary.Count);
        for (var i = 0; i < dictionary.Count; i++)
        {
            if (dictionary.Keys[i].IsString)
                named.Add(new(dictionary.Keys[i].Text, dictionary.Values[i]));
        }

        return new BraceFormat(state, new Arguments([], [.. named])).Format(format);
    }
}
