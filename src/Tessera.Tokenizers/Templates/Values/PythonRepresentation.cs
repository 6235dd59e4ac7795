using System.Globalization;
using System.Text;
using Tessera.Tokenizers.Templates.Rendering;

namespace Tessera.Tokenizers.Templates.Values;

/// <summary>Values as Python prints them (str) and as it shows them inside of containers (repr).</summary>
internal static class PythonRepresentation
{
    /// <summary>Deepest nesting of a value that is printed, compared, hashed or written; conversations nest at most 64 levels.</summary>
    public const int MaxDepth = 256;

    public static ResourceLimitException TooDeep() => new("levels of a nested value in a chat template", MaxDepth + 1, MaxDepth);

    /// <summary>str(value): strings as they are, everything else as repr.</summary>
    public static void Print(RenderState state, in Value value, TextBuffer output, int depth = 0)
    {
        if (value.IsString)
            output.Append(value);
        else if (!value.IsUndefined)
            Represent(state, value, output, depth);
    }

    /// <summary>repr(value). Example: ["don't", "b"] → ["don't", 'b'].</summary>
    public static void Represent(RenderState state, in Value value, TextBuffer output, int depth = 0)
    {
        if (depth > MaxDepth)
            throw TooDeep();
        switch (value.Kind)
        {
            case ValueKind.Undefined:
                output.Append("Undefined");
                break;
            case ValueKind.None:
                output.Append("None");
                break;
            case ValueKind.Boolean:
                output.Append(value.IsTrueConstant ? "True" : "False");
                break;
            case ValueKind.Integer:
                output.Append(value.Integer.ToString(CultureInfo.InvariantCulture));
                break;
            case ValueKind.BigInteger:
                state.Charge(Arithmetic.Words(value.BigInteger) * Arithmetic.Words(value.BigInteger) / 4); // the conversion is quadratic
                output.Append(value.BigInteger.ToString(CultureInfo.InvariantCulture));
                break;
            case ValueKind.Float:
                output.Append(PythonFloat.Repr(value.Float));
                break;
            case ValueKind.String:
                RepresentText(value, output);
                break;
            case ValueKind.List:
                RepresentItems(state, value.Items, output, depth, "[", "]");
                break;
            case ValueKind.Tuple:
                RepresentItems(state, value.Items, output, depth, "(", value.Items.Length == 1 ? ",)" : ")");
                break;
            case ValueKind.Dictionary:
                RepresentDictionary(state, value.Dictionary, output, depth);
                break;
            case ValueKind.Range:
                var range = value.Range;
                output.Append(range.Step == 1 ? $"range({range.Start}, {range.Stop})" : $"range({range.Start}, {range.Stop}, {range.Step})");
                break;
            case ValueKind.View:
                RepresentItems(state, value.Items, output, depth, value.TypeName + "([", "])");
                break;
            case ValueKind.Generator:
                output.Append("<generator object>"); // Python adds an address
                break;
            default:
                value.Object.Print(state, output, depth + 1);
                break;
        }
    }

    private static void RepresentItems(RenderState state, Value[] items, TextBuffer output, int depth, string open, string close)
    {
        state.ChargeElements(items.Length);
        output.Append(open);
        for (var i = 0; i < items.Length; i++)
        {
            if (i > 0)
                output.Append(", ");
            Represent(state, items[i], output, depth + 1);
        }

        output.Append(close);
    }

    private static void RepresentDictionary(RenderState state, ValueDictionary dictionary, TextBuffer output, int depth)
    {
        state.ChargeElements(dictionary.Count);
        output.Append('{');
        for (var i = 0; i < dictionary.Count; i++)
        {
            if (i > 0)
                output.Append(", ");
            Represent(state, dictionary.Keys[i], output, depth + 1);
            output.Append(": ");
            Represent(state, dictionary.Values[i], output, depth + 1);
        }

        output.Append('}');
    }

    private static void RepresentText(in Value value, TextBuffer output)
    {
        if (value.IsMarkup)
            output.Append("Markup(");
        var start = output.Length;
        var text = value.Text;
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        output.Append(quote);
        for (var i = 0; i < text.Length;)
        {
            var width = CodePoints.Width(text, i);
            AppendEscaped(text.AsSpan(i, width), quote, output);
            i += width;
        }

        output.Append(quote);
        if (value.Marks is { ContentRanges.Length: > 0 })
            output.MarkContent(start + 1, output.Length - 1);
        if (value.IsMarkup)
            output.Append(')');
    }

    private static void AppendEscaped(ReadOnlySpan<char> character, char quote, TextBuffer output)
    {
        var c = character[0];
        if (character.Length == 1 && (c == '\\' || c == quote))
        {
            output.Append('\\');
            output.Append(c);
        }
        else if (character.Length == 1 && c is '\n' or '\r' or '\t')
        {
            output.Append(c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
        }
        else if (character.Length == 1 && c is >= ' ' and < '\x7f')
        {
            output.Append(c);
        }
        else if (IsPrintable(character))
        {
            output.Append(character);
        }
        else
        {
            var code = character.Length == 2 ? char.ConvertToUtf32(c, character[1]) : c;
            output.Append(code <= 0xFF ? $"\\x{code:x2}" : code <= 0xFFFF ? $"\\u{code:x4}" : $"\\U{code:x8}");
        }
    }

    /// <summary>Python's str.isprintable for one code point: no separators but the space, no controls, formats, surrogates, unassigned.</summary>
    public static bool IsPrintable(ReadOnlySpan<char> character)
    {
        if (!Rune.TryGetRuneAt(character.ToString(), 0, out var rune))
            return false;
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,
            UnicodeCategory.SpaceSeparator => rune.Value == ' ',
            _ => true,
        };
    }
}
