using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Syntax;

/// <summary>
/// Splits a template into text and tags and applies whitespace control on the way: trim_blocks, lstrip_blocks, and the signs - and + at
/// either end of a tag. The rules are those of Jinja 3.1's lexer, in its order; doing them afterwards on the text gives other results.
/// </summary>
internal sealed partial class TemplateLexer
{
    private readonly SourceText _source;
    private readonly string _text;
    private readonly List<Token> _tokens = [];
    private int _position;
    private bool _atLineStart = true; // the last tag ended with a line feed, or nothing precedes

    private TemplateLexer(SourceText source)
    {
        _source = source;
        _text = source.Text;
    }

    public static List<Token> Tokenize(SourceText source)
    {
        var lexer = new TemplateLexer(source);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        while (_position < _text.Length)
        {
            var tag = FindTag(_position);
            if (tag < 0)
            {
                AddText(_position, _text.Length);
                break;
            }

            var start = _position;
            _position = tag + 2;
            var sign = ReadSign();
            AddText(start, EndOfText(start, tag, sign, isVariable: _text[tag + 1] == '{'));
            switch (_text[tag + 1])
            {
                case '#':
                    SkipComment(tag);
                    break;
                case '%' when TrySkipRawBegin():
                    ReadRaw();
                    break;
                case '%':
                    ReadTag(tag, TokenKind.BlockBegin, TokenKind.BlockEnd);
                    break;
                default:
                    ReadTag(tag, TokenKind.VariableBegin, TokenKind.VariableEnd);
                    break;
            }
        }

        _tokens.Add(new Token(TokenKind.End, _text.Length));
    }

    private int FindTag(int from)
    {
        for (var i = from; ; i++)
        {
            i = _text.IndexOf('{', i);
            if (i < 0 || i + 1 >= _text.Length)
                return -1;
            if (_text[i + 1] is '{' or '%' or '#')
                return i;
        }
    }

    private char ReadSign()
    {
        if (_position < _text.Length && _text[_position] is '-' or '+')
            return _text[_position++];
        return '\0';
    }

    private void AddText(int start, int end)
    {
        if (end > start)
            _tokens.Add(new Token(TokenKind.Text, start, _text[start..end]));
    }

    /// <summary>Where the text [start, tag) ends once the tag's sign, or lstrip_blocks, has taken its whitespace.</summary>
    private int EndOfText(int start, int tag, char sign, bool isVariable)
    {
        var end = tag;
        if (sign == '-')
        {
            while (end > start && PythonText.IsSpace(_text[end - 1]))
                end--;
            return end;
        }

        if (sign == '+' || isVariable)
            return end;
        while (end > start && _text[end - 1] != '\n' && PythonText.IsSpace(_text[end - 1]))
            end--;
        var reachedLineStart = end > start ? _text[end - 1] == '\n' : _atLineStart;
        return reachedLineStart ? end : tag;
    }

    /// <summary>After the closing delimiter: '-' takes all whitespace, '+' nothing, none takes one line feed if <paramref name="trims"/>.</summary>
    private void CloseTag(char sign, bool trims)
    {
        if (sign == '-')
        {
            while (_position < _text.Length && PythonText.IsSpace(_text[_position]))
                _position++;
        }
        else if (sign != '+' && trims && _position < _text.Length && _text[_position] == '\n')
        {
            _position++;
        }

        _atLineStart = _text[_position - 1] == '\n';
    }

    private void SkipComment(int tag)
    {
        var end = _text.IndexOf("#}", _position, StringComparison.Ordinal);
        if (end < 0 && _position == _text.Length)
            return; // nothing after the opening: Jinja lets it pass
        if (end < 0)
            throw _source.Malformed(tag, "Missing end of comment tag");
        var sign = end > _position ? _text[end - 1] : '\0';
        _position = end + 2;
        CloseTag(sign, trims: true);
    }

    /// <summary>After "{%": consumes <c>raw %}</c> if that is what follows.</summary>
    private bool TrySkipRawBegin()
    {
        if (!TryKeywordTag("raw", out var sign, out var end) || sign == '+')
            return false;
        _position = end;
        CloseTag(sign, trims: false);
        return true;
    }

    private void ReadRaw()
    {
        var start = _position;
        for (var tag = start - 1; ;)
        {
            tag = _text.IndexOf("{%", tag + 1, StringComparison.Ordinal);
            if (tag < 0 && start == _text.Length)
                return; // as above
            if (tag < 0)
                throw _source.Malformed(start, "Missing end of raw directive");
            _position = tag + 2;
            var openSign = ReadSign();
            if (!TryKeywordTag("endraw", out var closeSign, out var end))
                continue;
            AddText(start, EndOfText(start, tag, openSign, isVariable: false));
            _position = end;
            CloseTag(closeSign, trims: true);
            return;
        }
    }

    /// <summary>Whether whitespace, the keyword, whitespace and a closing delimiter follow; where the delimiter ends.</summary>
    private bool TryKeywordTag(string keyword, out char sign, out int end)
    {
        sign = '\0';
        end = SkipSpace(_position);
        if (string.CompareOrdinal(_text, end, keyword, 0, keyword.Length) != 0)
            return false;
        end = SkipSpace(end + keyword.Length);
        if (end < _text.Length && _text[end] is '-' or '+')
            sign = _text[end++];
        if (string.CompareOrdinal(_text, end, "%}", 0, 2) != 0)
            return false;
        end += 2;
        return true;
    }

    private int SkipSpace(int index)
    {
        while (index < _text.Length && PythonText.IsSpace(_text[index]))
            index++;
        return index;
    }
}
