using System.Globalization;
using Tessera.Tokenizers.Templates.Rendering;

namespace Tessera.Tokenizers.Templates.Values;

/// <summary>
/// Python's str.format as the sandbox allows it: fields look attributes up by the template's rules, so that nothing private is reached.
/// Example: "{0:>4}|{name}".format("a", name="b") → "   a|b".
/// </summary>
internal sealed class BraceFormat(RenderState state, Arguments arguments)
{
    private const int MaxNesting = 2; // Python: a specification may hold fields, those may not hold any more
    private int _nextPosition;
    private bool _usesNumbers;

    public Value Format(in Value format)
    {
        state.Charge(format.Text.Length);
        return Format(format, MaxNesting);
    }

    /// <summary>Reads a format specification.</summary>
    public static NumberFormat ParseSpecification(string text)
    {
        var i = 0;
        var result = new NumberFormat();
        var fillWidth = text.Length > 0 ? CodePoints.Width(text, 0) : 0;
        if (text.Length > fillWidth && text[fillWidth] is '<' or '>' or '^' or '=')
        {
            result = result with { Fill = text[..fillWidth], Align = text[fillWidth] };
            i = fillWidth + 1;
        }
        else if (text.Length > 0 && text[0] is '<' or '>' or '^' or '=')
        {
            result = result with { Align = text[i++] };
        }

        if (i < text.Length && text[i] is '+' or '-' or ' ')
            result = result with { Sign = text[i++] };
        if (i < text.Length && text[i] == '#')
            (result, i) = (result with { Alternate = true }, i + 1);
        if (i < text.Length && text[i] == '0')
        {
            if (result.Align == '\0')
                result = result with { Fill = "0", Align = '=' };
            i++;
        }

        result = result with { Width = Math.Max(Number(text, ref i), 0) };
        if (i < text.Length && text[i] is ',' or '_')
            result = result with { Grouping = text[i++] };
        if (i < text.Length && text[i] == '.')
        {
            i++;
            var precision = Number(text, ref i);
            result = precision < 0 ? throw Faults.Value("Format specifier missing precision") : result with { Precision = precision };
        }

        if (i < text.Length)
            result = result with { Type = text[i++] };
        return i == text.Length ? result : throw Faults.Value($"Invalid format specifier '{text}'");
    }

    private Value Format(in Value format, int nesting)
    {
        if (nesting == 0)
            throw Faults.Value("Max string recursion exceeded");
        var text = format.Text;
        var output = state.NewText();
        for (var i = 0; i < text.Length;)
        {
            var brace = text.AsSpan(i).IndexOfAny('{', '}');
            var end = brace < 0 ? text.Length : i + brace;
            output.AppendSlice(format, i, end - i);
            i = end;
            if (brace < 0)
                break;
            if (i + 1 < text.Length && text[i + 1] == text[i])
            {
                output.Append(text[i]);
                i += 2;
            }
            else if (text[i] == '}')
            {
                throw Faults.Value("Single '}' encountered in format string");
            }
            else
            {
                var close = MatchingBrace(text, i);
                var field = Field(format, i + 1, close, nesting);
                output.Append(format.IsMarkup ? Library.HtmlText.Escape(state, field) : field);
                i = close + 1;
            }
        }

        return output.ToValue(format.IsMarkup);
    }

    private static int MatchingBrace(string text, int open)
    {
        var depth = 0;
        for (var i = open; i < text.Length; i++)
        {
            depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
            if (depth == 0)
                return i;
        }

        throw Faults.Value("expected '}' before end of string");
    }

    private Value Field(in Value format, int start, int end, int nesting)
    {
        var text = format.Text;
        var nameEnd = start;
        var inBrackets = false;
        while (nameEnd < end && (inBrackets || text[nameEnd] is not ('!' or ':')))
        {
            inBrackets = text[nameEnd] == '[' || (inBrackets && text[nameEnd] != ']');
            nameEnd++;
        }

        var value = Lookup(text[start..nameEnd]);
        if (nameEnd < end && text[nameEnd] == '!')
        {
            if (nameEnd + 1 >= end)
                throw Faults.Value("end of string while looking for conversion specifier");
            value = Convert(value, text[nameEnd + 1]);
            nameEnd += 2;
            if (nameEnd < end && text[nameEnd] != ':')
                throw Faults.Value("expected ':' after conversion specifier");
        }

        var specification = nameEnd >= end ? "" : Format(CodePoints.SliceUtf16(format, nameEnd + 1, end), nesting - 1).Text;
        if (value.IsString || value.IsNumber)
            return specification.Length == 0 ? state.ToText(value) : ParseSpecification(specification).Apply(state, value);
        if (specification.Length > 0)
            throw Faults.Type($"unsupported format string passed to {value.TypeName}.__format__");
        return state.ToText(value);
    }

    private Value Lookup(string name)
    {
        var first = name.AsSpan().IndexOfAny('.', '[');
        var head = first < 0 ? name : name[..first];
        var value = Head(head);
        for (var i = first < 0 ? name.Length : first; i < name.Length;)
        {
            if (name[i] == '.')
            {
                var next = name.AsSpan(i + 1).IndexOfAny('.', '[');
                var end = next < 0 ? name.Length : i + 1 + next;
                if (end == i + 1)
                    throw Faults.Value("Empty attribute in format string");
                value = Access.Attribute(state, value, name[(i + 1)..end]);
                i = end;
            }
            else if (name[i] == '[' && name.IndexOf(']', i) is > 0 and var close)
            {
                var index = name[(i + 1)..close];
                value = Access.Element(state, value, int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    ? Value.Of(number)
                    : Value.Of(index));
                i = close + 1;
            }
            else
            {
                throw Faults.Value("Only '.' or '[' may follow ']' in format field specifier");
            }
        }

        return value.IsUndefined && first >= 0 && value.Origin.IsUnsafe ? throw value.Origin.ToException() : value;
    }

    private Value Head(string head)
    {
        if (head.Length == 0)
        {
            if (_usesNumbers)
                throw Faults.Value("cannot switch from manual field specification to automatic field numbering");
            return Positional(_nextPosition++);
        }

        if (int.TryParse(head, NumberStyles.None, CultureInfo.InvariantCulture, out var position))
        {
            if (_nextPosition > 0)
                throw Faults.Value("cannot switch from automatic field numbering to manual field specification");
            _usesNumbers = true;
            return Positional(position);
        }

        foreach (var (name, value) in arguments.Named)
        {
            if (name == head)
                return value;
        }

        throw Faults.Value($"no argument '{head}' for the format string");
    }

    private Value Positional(int position) => position < arguments.Positional.Length
        ? arguments.Positional[position]
        : throw Faults.Value($"Replacement index {position} out of range for positional args tuple");

    private Value Convert(in Value value, char conversion)
    {
        switch (conversion)
        {
            case 's':
                return state.ToText(value);
            case 'r' or 'a':
                var text = state.NewText();
                PythonRepresentation.Represent(state, value, text);
                return text.ToValue();
            default:
                throw Faults.Value($"Unknown conversion specifier {conversion}");
        }
    }

    private static long Number(string text, ref int i)
    {
        var start = i;
        long number = 0;
        while (i < text.Length && char.IsAsciiDigit(text[i]))
        {
            number = number * 10 + (text[i++] - '0');
            if (number > int.MaxValue)
                throw Faults.Value("Too many decimal digits in format string");
        }

        return i > start ? number : -1;
    }
}
