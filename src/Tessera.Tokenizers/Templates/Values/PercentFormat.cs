using Tessera.Tokenizers.Templates.Rendering;

namespace Tessera.Tokenizers.Templates.Values;

/// <summary>Python's <c>text % values</c>. Examples: "%s=%d" % ("a", 3) → "a=3"; "%05.2f" % 3.14159 → "03.14"; "%(k)s" % {"k": 1} → "1".</summary>
internal sealed class PercentFormat
{
    private readonly RenderState _state;
    private readonly Value _format;
    private readonly Value _values;
    private readonly TextBuffer _output;
    private int _position;
    private int _nextValue;
    private bool _usesNames;

    private PercentFormat(RenderState state, in Value format, in Value values)
    {
        _state = state;
        _format = format;
        _values = values;
        _output = state.NewText();
    }

    public static Value Format(RenderState state, in Value format, in Value values)
    {
        state.Charge(format.Text.Length);
        return new PercentFormat(state, format, values).Run();
    }

    private string Text => _format.Text;

    private Value Run()
    {
        while (_position < Text.Length)
        {
            var percent = Text.IndexOf('%', _position);
            var end = percent < 0 ? Text.Length : percent;
            _output.AppendSlice(_format, _position, end - _position);
            _position = end + 1;
            if (percent >= 0)
                Directive();
        }

        // A lone value, or a tuple, must be used up; a mapping (or anything that can be indexed by name) need not.
        var given = _values.Kind == ValueKind.Tuple ? _values.Items.Length
            : _values.Kind is ValueKind.Dictionary or ValueKind.List or ValueKind.Range or ValueKind.Undefined ? _nextValue : 1;
        if (!_usesNames && _nextValue < given)
            throw Faults.Type("not all arguments converted during string formatting");
        return _output.ToValue(_format.IsMarkup);
    }

    private void Directive()
    {
        var named = default(Value);
        if (Peek() == '(')
            named = NamedValue();
        var (minus, zero, sign, alternate) = (false, false, '-', false);
        for (; Peek() is '-' or '+' or ' ' or '#' or '0'; _position++)
        {
            var flag = Text[_position];
            minus |= flag == '-';
            zero |= flag == '0';
            alternate |= flag == '#';
            if (flag == '+' || (flag == ' ' && sign != '+'))
                sign = flag;
        }

        var width = Number(out var widthGiven);
        if (width < 0)
            (minus, width) = (true, -width);
        var precision = -1L;
        if (Peek() == '.')
        {
            _position++;
            precision = Math.Max(Number(out _), 0);
        }

        while (Peek() is 'l' or 'h' or 'L')
            _position++;
        if (_position >= Text.Length)
            throw Faults.Value("incomplete format");
        var type = Text[_position++];
        if (type == '%')
        {
            _output.Append('%');
            return;
        }

        var format = new NumberFormat
        {
            Align = minus ? '<' : zero && type is not ('s' or 'r' or 'a' or 'c') ? '=' : '>',
            Fill = zero && !minus && type is not ('s' or 'r' or 'a' or 'c') ? "0" : " ",
            Sign = sign,
            Alternate = alternate,
            Width = widthGiven ? width : 0,
        };
        Convert(format, precision, type, named.IsMissing ? NextValue() : named);
    }

    private void Convert(NumberFormat format, long precision, char type, Value value)
    {
        switch (type)
        {
            case 's':
                format = format with { Precision = precision };
                value = _state.ToText(value);
                break;
            case 'r' or 'a':
                format = format with { Precision = precision };
                var text = _state.NewText();
                PythonRepresentation.Represent(_state, value, text);
                value = text.ToValue();
                break;
            case 'c' when value.IsString:
                if (CodePoints.Count(value.Text) != 1)
                    throw Faults.Type("%c requires int or char");
                break;
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o' or 'c':
                if (!value.IsNumber || (value.Kind == ValueKind.Float && type is 'x' or 'X' or 'o' or 'c'))
                    throw UndefinedOr(value, $"%{type} format: a number is required, not {value.TypeName}");
                value = Library.NumberFilters.Truncate(value);
                format = format with { Type = type is 'd' or 'i' or 'u' ? 'd' : type };
                if (precision > 0 && type != 'c')
                    value = PadDigits(ref format, precision, value);
                break;
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                if (!value.IsNumber)
                    throw UndefinedOr(value, "must be real number, not " + value.TypeName);
                value = Value.Of(value.ToDouble());
                format = format with { Type = type, Precision = precision };
                break;
            default:
                throw Faults.Value($"unsupported format character '{type}' (0x{(int)type:x}) at index {_position - 1}");
        }

        var formatted = format.Apply(_state, value);
        _output.Append(_format.IsMarkup ? Library.HtmlText.Escape(_state, formatted) : formatted);
    }

    /// <summary>For integers, a precision is a least number of digits: formatted here, padded as text afterwards.</summary>
    private Value PadDigits(ref NumberFormat format, long precision, in Value value)
    {
        var isNegative = value.BigInteger.Sign < 0;
        var head = (isNegative || format.Sign != '-' ? 1 : 0) + (format.Alternate && format.Type != 'd' ? 2 : 0);
        _state.RequireTextLength(precision + head);
        var padded = (format with { Align = '=', Fill = "0", Width = precision + head }).Apply(_state, value);
        format = new NumberFormat { Width = format.Width, Align = format.Align == '<' ? '<' : '>', Fill = " " };
        return padded;
    }

    private static TemplateException UndefinedOr(in Value value, string message) =>
        value.IsUndefined ? value.Origin.ToException() : Faults.Type(message);

    private char Peek() => _position < Text.Length ? Text[_position] : '\0';

    private long Number(out bool given)
    {
        given = true;
        if (Peek() == '*')
        {
            _position++;
            var value = NextValue();
            return value.IsSmallInteger && Math.Abs(value.Integer) <= int.MaxValue ? value.Integer : throw Faults.Type("* wants int");
        }

        var start = _position;
        long number = 0;
        while (char.IsAsciiDigit(Peek()))
        {
            number = number * 10 + (Text[_position++] - '0');
            if (number > int.MaxValue)
                throw Faults.Value("width or precision too big");
        }

        given = _position > start;
        return number;
    }

    private Value NamedValue()
    {
        var depth = 1;
        var start = ++_position;
        while (depth > 0)
        {
            if (_position >= Text.Length)
                throw Faults.Value("incomplete format key");
            depth += Text[_position] == '(' ? 1 : Text[_position] == ')' ? -1 : 0;
            _position++;
        }

        _usesNames = true;
        if (_values.Kind != ValueKind.Dictionary)
            throw Faults.Type("format requires a mapping");
        var key = Text[start..(_position - 1)];
        return _values.Dictionary.TryGet(key, out var value) ? value : throw Faults.Value($"no value for the format key '{key}'");
    }

    private Value NextValue()
    {
        if (_values.Kind == ValueKind.Tuple)
            return _nextValue < _values.Items.Length ? _values.Items[_nextValue++] : throw NotEnough();
        return _nextValue++ == 0 ? _values : throw NotEnough();
    }

    private static TemplateException NotEnough() => Faults.Type("not enough arguments for format string");
}
