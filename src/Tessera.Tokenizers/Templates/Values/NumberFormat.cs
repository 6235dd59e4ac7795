using System.Globalization;
using System.Numerics;
using Tessera.Tokenizers.Templates.Rendering;

namespace Tessera.Tokenizers.Templates.Values;

/// <summary>
/// A parsed Python format specification, [[fill]align][sign][#][0][width][grouping][.precision][type], and its application; % formatting
/// fills the same fields. Width and precision are bounded by the rendering's text limit.
/// </summary>
internal sealed record NumberFormat
{
    public string Fill { get; init; } = " ";

    /// <summary>&lt;, &gt;, ^ or =; '\0' for the type's own.</summary>
    public char Align { get; init; }

    public char Sign { get; init; } = '-';

    public bool Alternate { get; init; }

    public long Width { get; init; }

    /// <summary>',' or '_' between groups; '\0' for none.</summary>
    public char Grouping { get; init; }

    /// <summary>Digits after the point, or characters of a string; −1 if not given.</summary>
    public long Precision { get; init; } = -1;

    public char Type { get; init; }

    public Value Apply(RenderState state, in Value value)
    {
        state.RequireTextLength(Width);
        if (value.IsString)
            return ApplyToText(state, value);
        if (value.IsInteger && Type is ('\0' or 'd' or 'n' or 'b' or 'o' or 'x' or 'X' or 'c'))
            return FormatInteger(state, value.BigInteger);
        if (value.IsNumber && Type is ('\0' or 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or 'n' or '%'))
            return FormatFloat(state, value.ToDouble());
        throw Faults.Value($"Unknown format code '{Type}' for object of type '{value.TypeName}'");
    }

    private Value ApplyToText(RenderState state, in Value value)
    {
        if (Type is not ('\0' or 's'))
            throw Faults.Value($"Unknown format code '{Type}' for object of type 'str'");
        if (Align == '=')
            throw Faults.Value("'=' alignment not allowed in string format specifier");
        var text = Precision >= 0 ? CodePoints.Slice(state, value, 0, (int)Math.Min(Precision, int.MaxValue)) : value;
        return Pad(state, text, 0, '<');
    }

    private Value FormatInteger(RenderState state, BigInteger value)
    {
        if (Precision >= 0)
            throw Faults.Value("Precision not allowed in integer format specifier");
        if (Type == 'c')
            return ApplyToTextOf(state, value);
        state.Charge(Arithmetic.Words(value) * Arithmetic.Words(value) / 4);
        var magnitude = BigInteger.Abs(value);
        var (digits, prefix, group) = Type switch
        {
            'b' => (Radix(magnitude, 2), "0b", 4),
            'o' => (Radix(magnitude, 8), "0o", 4),
            'x' => (Radix(magnitude, 16), "0x", 4),
            'X' => (Radix(magnitude, 16).ToUpperInvariant(), "0X", 4),
            _ => (magnitude.ToString(CultureInfo.InvariantCulture), "", 3),
        };
        return Signed(state, value.Sign < 0, Alternate ? prefix : "", Group(digits, group));
    }

    private Value ApplyToTextOf(RenderState state, BigInteger code)
    {
        if (code.Sign < 0 || code > 0x10FFFF || code >= 0xD800 && code < 0xE000)
            throw Faults.Arithmetic("%c arg not in range(0x110000)");
        return Pad(state, Value.Of(char.ConvertFromUtf32((int)code)), 0, '<');
    }

    private Value FormatFloat(RenderState state, double value)
    {
        var precision = (int)Math.Min(Precision < 0 ? 6 : Precision, int.MaxValue);
        state.RequireTextLength(precision + 400L);
        state.Charge(512 + precision + 64L * Math.Min(precision, PythonFloat.MaxDigits));
        var text = Type switch
        {
            'e' or 'E' => PythonFloat.Exponent(value, precision),
            'f' or 'F' => PythonFloat.Fixed(value, precision),
            '%' => PythonFloat.Fixed(value * 100, precision) + "%",
            'g' or 'G' or 'n' => PythonFloat.General(value, precision, Alternate),
            _ when Precision < 0 => PythonFloat.Repr(Math.Abs(value)),
            _ => WithPoint(PythonFloat.General(value, precision, false)),
        };
        if (Type is 'E' or 'F' or 'G')
            text = text.ToUpperInvariant();
        var point = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        var whole = point < 0 ? text : text[..point];
        return Signed(state, double.IsNegative(value) && !double.IsNaN(value), "", Group(whole, 3) + (point < 0 ? "" : text[point..]));
    }

    // Without a type, a precision means g with at least one digit after the point.
    private static string WithPoint(string text) => text.AsSpan().ContainsAny('.', 'e', 'n') ? text : text + ".0";

    private Value Signed(RenderState state, bool isNegative, string prefix, string digits)
    {
        var sign = isNegative ? "-" : Sign is '+' or ' ' ? Sign.ToString() : "";
        return Pad(state, Value.Of(sign + prefix + digits), sign.Length + prefix.Length, '>');
    }

    /// <summary>Pads to the width; with alignment '=', after the first <paramref name="head"/> characters (sign and prefix).</summary>
    private Value Pad(RenderState state, in Value text, int head, char defaultAlign)
    {
        var missing = Width - CodePoints.Count(text.Text);
        if (missing <= 0)
            return text;
        var align = Align == '\0' ? defaultAlign : Align;
        var left = align switch { '<' => 0, '^' => missing / 2, _ => missing };
        var padded = state.NewText();
        if (align == '=')
            padded.AppendSlice(text, 0, head);
        AppendFill(padded, left);
        padded.AppendSlice(text, align == '=' ? head : 0, text.Text.Length - (align == '=' ? head : 0));
        AppendFill(padded, missing - left);
        return padded.ToValue(text.IsMarkup);
    }

    private void AppendFill(TextBuffer output, long count)
    {
        if (Fill.Length == 1)
        {
            output.AppendRepeated(Fill[0], count);
            return;
        }

        for (; count > 0; count--)
            output.Append(Fill);
    }

    /// <summary>Digits of a number that is not negative, for radix 2, 8 or 16.</summary>
    private static string Radix(BigInteger value, int radix)
    {
        if (value.IsZero)
            return "0";
        if (radix == 16)
            return value.ToString("x", CultureInfo.InvariantCulture).TrimStart('0');
        var bits = value.ToString("b", CultureInfo.InvariantCulture).TrimStart('0');
        if (radix == 2)
            return bits;
        bits = bits.PadLeft((bits.Length + 2) / 3 * 3, '0');
        return string.Create(bits.Length / 3, bits, static (digits, source) =>
        {
            for (var i = 0; i < digits.Length; i++)
                digits[i] = (char)('0' + (source[3 * i] - '0') * 4 + (source[3 * i + 1] - '0') * 2 + (source[3 * i + 2] - '0'));
        });
    }

    private string Group(string digits, int size)
    {
        if (Grouping == '\0')
            return digits;
        var first = digits.Length % size;
        var groups = digits.Skip(first).Chunk(size).Select(chunk => new string(chunk));
        return string.Join(Grouping, first == 0 ? groups : groups.Prepend(digits[..first]));
    }
}
