using System.Globalization;
using System.Numerics;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Syntax;

internal sealed partial class TemplateLexer
{
    /// <summary>Reads the inside of {{ }} or {% %} and its end; closing delimiters inside of brackets are operators.</summary>
    private void ReadTag(int tag, TokenKind begin, TokenKind end)
    {
        _tokens.Add(new Token(begin, tag));
        var open = new Stack<char>();
        while (true)
        {
            if (open.Count == 0 && TryEnd(end))
                return;
            _position = SkipSpace(_position);
            if (open.Count == 0 && TryEnd(end))
                return;
            if (_position >= _text.Length)
                return; // the parser knows what it was waiting for
            ReadExpressionToken(open);
        }
    }

    private bool TryEnd(TokenKind end)
    {
        var isBlock = end == TokenKind.BlockEnd;
        var delimiter = isBlock ? "%}" : "}}";
        var start = _position;
        var sign = start < _text.Length && (_text[start] == '-' || (isBlock && _text[start] == '+')) ? _text[start] : '\0';
        var at = sign == '\0' ? start : start + 1;
        if (string.CompareOrdinal(_text, at, delimiter, 0, 2) != 0)
            return false;
        _tokens.Add(new Token(end, start));
        _position = at + 2;
        CloseTag(sign, trims: isBlock);
        return true;
    }

    private void ReadExpressionToken(Stack<char> open)
    {
        var c = _text[_position];
        if (char.IsAsciiDigit(c))
            ReadNumber();
        else if (c is '\'' or '"')
            ReadString(c);
        else if (PythonText.IsNamePart(c, first: true))
            ReadName();
        else
            ReadOperator(open);
    }

    private void ReadName()
    {
        var start = _position;
        while (_position < _text.Length && PythonText.IsNamePart(_text[_position], first: false))
            _position++;
        _tokens.Add(new Token(TokenKind.Name, start, _text[start.._position]));
    }

    private void ReadString(char quote)
    {
        var start = _position;
        var end = start + 1;
        while (end < _text.Length && _text[end] != quote)
            end += _text[end] == '\\' ? 2 : 1;
        if (end >= _text.Length)
            throw _source.Malformed(start, "a string is not closed");
        _position = end + 1;
        var body = _text.AsSpan(start + 1, end - start - 1);
        if (!StringLiteral.TryUnescape(body, out var value, out var reason))
            throw _source.Malformed(start, reason);
        _tokens.Add(new Token(TokenKind.String, start, value));
    }

    /// <summary>A float needs digits on both sides of its point or an exponent; after a dot (a.0.1) only integers are read.</summary>
    private void ReadNumber()
    {
        var start = _position;
        var afterDot = start > 0 && _text[start - 1] == '.';
        var whole = Digits(start);
        var end = whole;
        if (!afterDot && end + 1 < _text.Length && _text[end] == '.' && char.IsAsciiDigit(_text[end + 1]))
            end = Digits(end + 1);
        if (!afterDot && end < _text.Length && (_text[end] | 0x20) == 'e')
        {
            var digits = end + 1 < _text.Length && _text[end + 1] is '+' or '-' ? end + 2 : end + 1;
            if (digits < _text.Length && char.IsAsciiDigit(_text[digits]))
                end = Digits(digits);
        }

        if (end > whole)
        {
            var text = _text[start..end].Replace("_", "", StringComparison.Ordinal);
            _tokens.Add(new Token(TokenKind.Float, start, "", Value.Of(double.Parse(text, CultureInfo.InvariantCulture))));
            _position = end;
            return;
        }

        ReadInteger(start, whole);
    }

    private void ReadInteger(int start, int decimalEnd)
    {
        var end = decimalEnd;
        var radix = _text[start] == '0' && start + 1 < _text.Length ? (_text[start + 1] | 0x20) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 10 } : 10;
        if (radix != 10)
        {
            end = start + 2;
            while (end < _text.Length && (IsDigit(_text[end], radix)
                || (_text[end] == '_' && end + 1 < _text.Length && IsDigit(_text[end + 1], radix))))
                end++;
            if (end == start + 2)
                (end, radix) = (decimalEnd, 10);
        }

        if (radix == 10 && _text[start] == '0') // 007 is a zero followed by something else, as in Jinja
        {
            end = start + 1;
            while (end < decimalEnd && _text[end] is '0' or '_')
                end++;
            while (_text[end - 1] == '_')
                end--;
        }

        var value = BigInteger.Zero;
        if (!PythonText.TryParseInteger(_text[start..end], radix == 10 ? 10 : 0, out value))
            throw _source.Malformed(start, "an integer has more than 4,300 digits");
        _tokens.Add(new Token(TokenKind.Integer, start, "", Value.Of(value)));
        _position = end;
    }

    private static bool IsDigit(char c, int radix) =>
        radix == 16 ? char.IsAsciiHexDigit(c) : c >= '0' && c < '0' + radix;

    /// <summary>The end of a run of digits with single underscores between them.</summary>
    private int Digits(int index)
    {
        while (index < _text.Length && (char.IsAsciiDigit(_text[index])
            || (_text[index] == '_' && index + 1 < _text.Length && char.IsAsciiDigit(_text[index + 1]))))
            index++;
        return index;
    }

    private void ReadOperator(Stack<char> open)
    {
        var start = _position;
        var c = _text[start];
        var next = start + 1 < _text.Length ? _text[start + 1] : '\0';
        var (kind, length) = (c, next) switch
        {
            ('*', '*') => (TokenKind.Power, 2),
            ('/', '/') => (TokenKind.FloorDivide, 2),
            ('=', '=') => (TokenKind.Equal, 2),
            ('!', '=') => (TokenKind.NotEqual, 2),
            ('>', '=') => (TokenKind.GreaterOrEqual, 2),
            ('<', '=') => (TokenKind.LessOrEqual, 2),
            _ => (SingleOperator(c), 1),
        };
        if (kind == TokenKind.End)
            throw _source.Malformed(start, $"unexpected char '{(char.IsControl(c) || char.IsSurrogate(c) ? $"U+{(int)c:X4}" : c.ToString())}'");
        Balance(open, c, start);
        _tokens.Add(new Token(kind, start, _text.Substring(start, length)));
        _position += length;
    }

    private static TokenKind SingleOperator(char c) => c switch
    {
        '+' => TokenKind.Add,
        '-' => TokenKind.Subtract,
        '*' => TokenKind.Multiply,
        '/' => TokenKind.Divide,
        '%' => TokenKind.Modulo,
        '~' => TokenKind.Tilde,
        '>' => TokenKind.Greater,
        '<' => TokenKind.Less,
        '=' => TokenKind.Assign,
        '.' => TokenKind.Dot,
        ':' => TokenKind.Colon,
        '|' => TokenKind.Pipe,
        ',' => TokenKind.Comma,
        ';' => TokenKind.Semicolon,
        '(' => TokenKind.LeftParenthesis,
        ')' => TokenKind.RightParenthesis,
        '[' => TokenKind.LeftBracket,
        ']' => TokenKind.RightBracket,
        '{' => TokenKind.LeftBrace,
        '}' => TokenKind.RightBrace,
        _ => TokenKind.End,
    };

    private void Balance(Stack<char> open, char c, int offset)
    {
        switch (c)
        {
            case '(':
                open.Push(')');
                break;
            case '[':
                open.Push(']');
                break;
            case '{':
                open.Push('}');
                break;
            case ')' or ']' or '}':
                if (open.Count == 0)
                    throw _source.Malformed(offset, $"unexpected '{c}'");
                if (open.Pop() is var expected && expected != c)
                    throw _source.Malformed(offset, $"unexpected '{c}', expected '{expected}'");
                break;
        }
    }
}
