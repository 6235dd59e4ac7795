using System.Globalization;
using System.Text;
using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Library;

/// <summary>Filters that take a text, or make one.</summary>
internal static class StringFilters
{
    public static void AddTo(Dictionary<string, Filter> table)
    {
        Add(table, "string", [], 0, (state, value, _) => state.ToText(value));
        Add(table, "upper", [], 0, (state, value, _) => Rewrite(state, value, CaseMapping.Upper));
        Add(table, "lower", [], 0, (state, value, _) => Rewrite(state, value, CaseMapping.Lower));
        Add(table, "capitalize", [], 0, (state, value, _) => Rewrite(state, value, CaseMapping.Capitalize));
        Add(table, "title", [], 0, (state, value, _) => Rewrite(state, value, Title));
        Add(table, "trim", ["chars"], 0, (state, value, bound) => StringMethods.Strip(state, state.ToText(value), bound[0], left: true, right: true));
        Add(table, "replace", ["old", "new", "count"], 2, Replace);
        Add(table, "indent", ["width", "first", "blank"], 0, Indent);
        Add(table, "center", ["width"], 0, (state, value, bound) => StringMethods.Pad(
            state, state.ToText(value), bound[0].IsMissing ? Value.Of(80) : bound[0], default, StringMethods.Side.Both));
        Add(table, "truncate", ["length", "killwords", "end", "leeway"], 0, Truncate);
        Add(table, "wordcount", [], 0, (state, value, _) => Value.Of(CountWords(state.ToText(value).Text)));
        Add(table, "urlencode", [], 0, UrlEncode);
        Add(table, "tojson", ["ensure_ascii", "indent", "separators", "sort_keys"], 0, ToJson); // transformers' order of parameters
        foreach (var name in new[] { "escape", "e" })
            Add(table, name, [], 0, (state, value, _) => HtmlText.Escape(state, value));
        Add(table, "forceescape", [], 0, (state, value, _) => HtmlText.Escape(state, HtmlText.Distrust(state, value)));
        Add(table, "safe", [], 0, (state, value, _) => HtmlText.Trust(state, value));
        table.Add("format", new Filter("format", Format));
    }

    private static void Add(
        Dictionary<string, Filter> table, string name, string[] parameters, int required, Func<RenderState, Value, Value[], Value> body) =>
        table.Add(name, new Filter(name, parameters, required, body));

    private static Value Rewrite(RenderState state, in Value value, Func<string, string> rewrite)
    {
        var text = state.ToText(value);
        state.Charge(4L * text.Text.Length);
        return CodePoints.Rewritten(text, rewrite(text.Text));
    }

    /// <summary>Words begin after white space, '-', and opening brackets; each gets a capital and small letters: "don't" → "Don't".</summary>
    private static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var isSeparator = IsWordSeparator(text[i]);
            var end = i;
            while (end < text.Length && IsWordSeparator(text[end]) == isSeparator)
                end++;
            result.Append(isSeparator ? text[i..end] : CaseMapping.UpperFirst(text[i..end]));
            i = end;
        }

        return result.ToString();
    }

    private static bool IsWordSeparator(char c) => c is '-' or '(' or '{' or '[' or '<' || PythonText.IsSpace(c);

    private static Value Replace(RenderState state, Value value, Value[] bound)
    {
        var text = HtmlText.Distrust(state, value);
        var count = bound[2].IsMissing || bound[2].IsNone ? -1 : StringMethods.Integer(bound[2]);
        return StringMethods.Replace(state, text, state.ToText(bound[0]).Text, HtmlText.Distrust(state, bound[1]), count);
    }

    private static Value Indent(RenderState state, Value value, Value[] bound)
    {
        if (!value.IsString)
            throw value.IsUndefined ? value.Origin.ToException() : Faults.Type($"unsupported operand type(s) for +=: '{value.TypeName}' and 'str'");
        var width = bound[0].IsMissing ? Value.Of(4) : bound[0];
        Value indentation;
        if (width.IsString)
        {
            indentation = width;
        }
        else
        {
            var spaces = state.NewText();
            spaces.AppendRepeated(' ', StringMethods.Integer(width));
            indentation = spaces.ToValue();
        }

        var (first, blank) = (bound[1].IsTruthy, bound[2].IsTruthy);
        var lines = PythonText.SplitLines(value.Text + "\n");
        state.ChargeElements(lines.Count);
        var indented = blank ? lines.Count : lines.Count(line => line.End > line.Start);
        state.RequireTextLength(value.Text.Length + (indented - 1L) * indentation.Text.Length);
        var output = state.NewText();
        if (first)
            output.Append(indentation);
        for (var i = 0; i < lines.Count; i++)
        {
            var (start, end) = lines[i];
            if (i > 0)
            {
                output.Append('\n');
                if (blank || end > start)
                    output.Append(indentation);
            }

            output.AppendSlice(value, start, end - start);
        }

        return output.ToValue(value.IsMarkup);
    }

    private static Value Truncate(RenderState state, Value value, Value[] bound)
    {
        var length = bound[0].IsMissing ? 255 : StringMethods.Integer(bound[0]);
        var end = bound[2].IsMissing ? Value.Of("...") : state.ToText(bound[2]);
        var leeway = bound[3].IsMissing || bound[3].IsNone ? 5 : StringMethods.Integer(bound[3]); // Jinja's policy truncate.leeway
        var endLength = CodePoints.Count(end.Text);
        if (length < endLength || leeway < 0)
            throw Faults.Value($"expected length >= {endLength} and leeway >= 0, got {length} and {leeway}");
        if (state.LengthOf(value) <= length + leeway)
            return value;
        if (!value.IsString)
            throw Faults.Type($"truncate: expected str, got {value.TypeName}");
        var kept = CodePoints.Slice(state, value, 0, (int)Math.Min(length - endLength, int.MaxValue));
        if (!bound[1].IsTruthy && kept.Text.LastIndexOf(' ') is >= 0 and var space)
            kept = CodePoints.SliceUtf16(kept, 0, space);
        return Arithmetic.Concatenate(state, kept, end);
    }

    private static int CountWords(string text)
    {
        var (count, inWord) = (0, false);
        foreach (var rune in text.EnumerateRunes())
        {
            var isWord = rune.Value == '_' || PythonText.IsAlphanumeric(rune);
            if (isWord && !inWord)
                count++;
            inWord = isWord;
        }

        return count;
    }

    private static Value UrlEncode(RenderState state, Value value, Value[] bound)
    {
        var isPairs = value.Kind is ValueKind.Dictionary or ValueKind.List or ValueKind.Tuple or ValueKind.View or ValueKind.Generator;
        if (!isPairs)
            return UrlQuoted(state, value, "/");
        var pairs = value.Kind == ValueKind.Dictionary ? value.Dictionary.ToItems() : state.Iterate(value);
        var output = state.NewText();
        foreach (var pair in pairs)
        {
            var items = state.Iterate(pair);
            if (items.Length != 2)
                throw Faults.Value("urlencode expects pairs");
            if (output.Length > 0)
                output.Append('&');
            output.Append(UrlQuoted(state, items[0], "").Text.Replace("%20", "+", StringComparison.Ordinal));
            output.Append('=');
            output.Append(UrlQuoted(state, items[1], "").Text.Replace("%20", "+", StringComparison.Ordinal));
        }

        return output.ToValue();
    }

    private static Value UrlQuoted(RenderState state, in Value value, string safe)
    {
        var text = state.ToText(value);
        var output = state.NewText();
        foreach (var unit in Encoding.UTF8.GetBytes(text.Text))
        {
            if (char.IsAsciiLetterOrDigit((char)unit) || "_.-~".Contains((char)unit) || safe.Contains((char)unit))
                output.Append((char)unit);
            else
                output.Append("%" + unit.ToString("X2", CultureInfo.InvariantCulture));
        }

        return CodePoints.Rewritten(text, output.Text.ToString());
    }

    private static Value ToJson(RenderState state, Value value, Value[] bound)
    {
        string? indent = null;
        if (bound[1].IsString)
        {
            indent = bound[1].Text;
        }
        else if (!bound[1].IsMissing && !bound[1].IsNone)
        {
            var width = StringMethods.Integer(bound[1]);
            state.RequireTextLength(width);
            indent = width > 0 ? new string(' ', (int)width) : "";
        }

        var (item, key) = (indent is null ? ", " : ",", ": ");
        if (!bound[2].IsMissing && !bound[2].IsNone)
        {
            var separators = state.Iterate(bound[2]);
            if (separators.Length != 2 || !separators[0].IsString || !separators[1].IsString)
                throw Faults.Value("separators must be a pair of strings");
            (item, key) = (separators[0].Text, separators[1].Text);
        }

        var output = state.NewText();
        new JsonText(state, output, new JsonStyle(indent, item, key, bound[0].IsTruthy, bound[3].IsTruthy)).Write(value);
        return output.ToValue();
    }

    private static Value Format(RenderState state, Value value, Arguments arguments)
    {
        if (arguments.Positional.Length > 0 && arguments.Named.Length > 0)
            throw Faults.Type("can't handle positional and keyword arguments at the same time");
        var format = state.ToText(value);
        if (arguments.Named.Length == 0)
            return PercentFormat.Format(state, format, Value.Tuple(arguments.Positional));
        var names = new ValueDictionary(arguments.Named.Length);
        foreach (var (name, item) in arguments.Named)
            names.Set(Value.Of(name), item);
        return PercentFormat.Format(state, format, Value.Of(names));
    }
}
