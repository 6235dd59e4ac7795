using System.Globalization;
using Tessera.Tokenizers.Templates.Rendering;

namespace Tessera.Tokenizers.Templates.Values;

/// <summary>
/// Python's json.dumps, which is what tojson means in chat templates: no HTML escapes, non-ASCII kept unless asked, floats by repr, order
/// kept. Example: {"b": 1, "a": []} with indent 2 → "{\n  \"b\": 1,\n  \"a\": []\n}".
/// </summary>
internal sealed class JsonText(RenderState state, TextBuffer output, JsonStyle style)
{
    public void Write(in Value value, int depth = 0)
    {
        if (depth > PythonRepresentation.MaxDepth)
            throw PythonRepresentation.TooDeep();
        switch (value.Kind)
        {
            case ValueKind.None:
                output.Append("null");
                break;
            case ValueKind.Boolean:
                output.Append(value.IsTrueConstant ? "true" : "false");
                break;
            case ValueKind.Integer or ValueKind.BigInteger:
                PythonRepresentation.Represent(state, value, output);
                break;
            case ValueKind.Float:
                output.Append(FloatText(value.Float));
                break;
            case ValueKind.String:
                WriteText(value);
                break;
            case ValueKind.List or ValueKind.Tuple:
                WriteList(value.Items, depth);
                break;
            case ValueKind.Dictionary:
                WriteDictionary(value.Dictionary, depth);
                break;
            default:
                throw Faults.Type($"Object of type {value.TypeName} is not JSON serializable");
        }
    }

    private static string FloatText(double value) =>
        double.IsFinite(value) ? PythonFloat.Repr(value) : double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";

    private void WriteList(Value[] items, int depth)
    {
        if (items.Length == 0)
        {
            output.Append("[]");
            return;
        }

        state.ChargeElements(items.Length);
        output.Append('[');
        for (var i = 0; i < items.Length; i++)
        {
            Separate(i, depth + 1);
            Write(items[i], depth + 1);
        }

        NewLine(depth);
        output.Append(']');
    }

    private void WriteDictionary(ValueDictionary dictionary, int depth)
    {
        if (dictionary.Count == 0)
        {
            output.Append("{}");
            return;
        }

        state.ChargeElements(dictionary.Count);
        var order = style.SortKeys ? StableSort.Order(state, dictionary.Keys.ToArray()) : null;
        output.Append('{');
        for (var i = 0; i < dictionary.Count; i++)
        {
            var slot = order is null ? i : order[i];
            Separate(i, depth + 1);
            WriteKey(dictionary.Keys[slot]);
            output.Append(style.KeySeparator);
            Write(dictionary.Values[slot], depth + 1);
        }

        NewLine(depth);
        output.Append('}');
    }

    private void WriteKey(in Value key)
    {
        switch (key.Kind)
        {
            case ValueKind.String:
                WriteText(key);
                break;
            case ValueKind.None or ValueKind.Boolean or ValueKind.Integer or ValueKind.BigInteger or ValueKind.Float:
                output.Append('"');
                Write(key);
                output.Append('"');
                break;
            default:
                throw Faults.Type($"keys must be str, int, float, bool or None, not {key.TypeName}");
        }
    }

    private void Separate(int index, int depth)
    {
        if (index > 0)
            output.Append(style.ItemSeparator);
        NewLine(depth);
    }

    private void NewLine(int depth)
    {
        if (style.Indent is not { } indent)
            return;
        output.Append('\n');
        for (var i = 0; i < depth; i++)
            output.Append(indent);
    }

    private void WriteText(in Value value)
    {
        output.Append('"');
        var start = output.Length;
        var text = value.Text.AsSpan();
        while (text.Length > 0)
        {
            var plain = 0;
            while (plain < text.Length && !NeedsEscape(text[plain]))
                plain++;
            output.Append(text[..plain]);
            if (plain < text.Length)
                Escape(text[plain++]);
            text = text[plain..];
        }

        if (value.Marks is { ContentRanges.Length: > 0 })
            output.MarkContent(start, output.Length);
        output.Append('"');
    }

    private bool NeedsEscape(char c) => c < ' ' || c is '"' or '\\' || (style.AsciiOnly && c > '~');

    private void Escape(char c)
    {
        switch (c)
        {
            case '"':
                output.Append("\\\"");
                break;
            case '\\':
                output.Append("\\\\");
                break;
            case '\n':
                output.Append("\\n");
                break;
            case '\r':
                output.Append("\\r");
                break;
            case '\t':
                output.Append("\\t");
                break;
            case '\b':
                output.Append("\\b");
                break;
            case '\f':
                output.Append("\\f");
                break;
            default:
                output.Append("\\u" + ((int)c).ToString("x4", CultureInfo.InvariantCulture));
                break;
        }
    }
}

/// <summary>How <see cref="JsonText"/> lays its output out; Indent null means one line.</summary>
internal readonly record struct JsonStyle(string? Indent, string ItemSeparator, string KeySeparator, bool AsciiOnly, bool SortKeys);
