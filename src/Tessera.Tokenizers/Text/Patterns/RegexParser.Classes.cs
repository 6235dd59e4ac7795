using System.Globalization;
using System.Text;
using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.Patterns;

/// <content>Character classes and escapes.</content>
internal sealed partial class RegexParser
{
    /// <summary>The rest of a class after its opening bracket: ranges, escapes, nested classes, intersections with <c>&amp;&amp;</c>.</summary>
    private CharacterSet Class()
    {
        if (++_depth > MostDepth) throw new ResourceLimitException("nested classes of a regular expression", _depth, MostDepth, _place);
        var result = new CharacterSet { Negated = TryTake('^'), AnyCase = _anyCase };
        var current = new CharacterSet();
        List<CharacterSet>? intersected = null;
        for (var first = true; ; first = false)
        {
            if (IsAtEnd) throw Wrong("a character class without an end");
            var c = _pattern[_at++];
            if (c == ']' && !first) break;
            if (c == '[')
            {
                current.Add(TryTake(':') ? Posix() : Class());
                continue;
            }

            if (c == '&' && !IsAtEnd && _pattern[_at] == '&')
            {
                _at++;
                (intersected ??= []).Add(current);
                current = new CharacterSet();
                continue;
            }

            if (c == '\\' && ClassEscape() is { } set)
            {
                current.Add(set);
                continue;
            }

            if (c == '\\') c = CharacterEscape(_pattern[_at++], inClass: true);
            Range(current, c);
        }

        if (current.IsEmpty && intersected is null) throw Wrong("an empty character class");
        foreach (var other in intersected ?? []) result.Intersect(other);
        if (intersected is null) result.Add(current);
        else result.Intersect(current);
        _depth--;
        return result;
    }

    private void Range(CharacterSet into, int first)
    {
        if (_at + 1 < _pattern.Length && _pattern[_at] == '-' && _pattern[_at + 1] != ']')
        {
            var at = _at++;
            var last = _pattern[_at++];
            if (last == '[')
            {
                _at = at; // a hyphen before a nested class is a character
            }
            else
            {
                if (last == '\\')
                {
                    if (ClassEscape() is not null) throw Wrong("a range that ends in a class");
                    last = CharacterEscape(_pattern[_at++], inClass: true);
                }

                if (last < first) throw Wrong("a range whose end lies before its start");
                into.Add(first, last);
                return;
            }
        }

        into.Add(first, first);
    }

    private CharacterSet Posix()
    {
        var negated = TryTake('^');
        var name = new StringBuilder();
        while (!IsAtEnd && _pattern[_at] is >= 'a' and <= 'z') name.Append((char)_pattern[_at++]);
        if (!TryTake(':') || !TryTake(']') || CharacterSet.Property(name.ToString()) is not { } set) throw Wrong($"no class [:{name}:]");
        if (negated) set.Negated = !set.Negated;
        return set;
    }

    private RegexNode Escape()
    {
        if (IsAtEnd) throw Wrong("a backslash at the end");
        RegexAssertion? assertion = _pattern[_at] switch
        {
            'A' => RegexAssertion.TextStart,
            'z' => RegexAssertion.TextEnd,
            'Z' => RegexAssertion.TextEndOrLine,
            'b' => RegexAssertion.WordBoundary,
            'B' => RegexAssertion.NoWordBoundary,
            _ => null,
        };
        if (assertion is { } kind)
        {
            _at++;
            return new RegexNode.Assertion(kind);
        }

        if (ClassEscape() is { } set) return new RegexNode.Set(set.Freeze());
        return Literal(CharacterEscape(_pattern[_at++], inClass: false));
    }

    /// <summary>An escape that stands for a class, taken; null (and nothing taken) where it stands for a character.</summary>
    private CharacterSet? ClassEscape()
    {
        if (IsAtEnd) throw Wrong("a backslash at the end");
        var c = _pattern[_at];
        CharacterSet? set = c switch
        {
            's' => CharacterSet.OfClasses(CharacterClass.Space),
            'S' => CharacterSet.OfClasses(CharacterClass.Space, negated: true),
            'd' => CharacterSet.OfClasses(1u << (int)UnicodeCategory.DecimalDigitNumber),
            'D' => CharacterSet.OfClasses(1u << (int)UnicodeCategory.DecimalDigitNumber, negated: true),
            'w' => CharacterSet.OfTest(CharacterClass.IsWord),
            'W' => CharacterSet.OfTest(CharacterClass.IsWord, negated: true),
            'h' => CharacterSet.Property("XDIGIT"),
            'H' => CharacterSet.OfTest(static s => !(s < 128 && char.IsAsciiHexDigit((char)s))),
            _ => null,
        };
        if (set is not null)
        {
            _at++;
            return set;
        }

        if (c is not 'p' and not 'P') return null;
        _at++;
        return Property(negated: c == 'P');
    }

    private CharacterSet Property(bool negated)
    {
        var name = new StringBuilder();
        if (TryTake('{'))
        {
            if (TryTake('^')) negated = !negated;
            while (!IsAtEnd && _pattern[_at] != '}' && name.Length < 64) name.Append(char.ConvertFromUtf32(_pattern[_at++]));
            if (!TryTake('}')) throw Wrong("a property's name without an end");
        }
        else
        {
            if (IsAtEnd) throw Wrong("a property without a name");
            name.Append(char.ConvertFromUtf32(_pattern[_at++]));
        }

        var text = name.ToString();
        foreach (var prefix in (ReadOnlySpan<string>)["Script=", "sc=", "General_Category=", "gc="])
        {
            if (text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) text = text[prefix.Length..];
        }

        var set = CharacterSet.Property(text) ?? throw new UnsupportedFeatureException(_file, $"\\p{{{name}}} in the regular expression at {_place}");
        if (negated) set.Negated = !set.Negated;
        return set;
    }

    private int CharacterEscape(int c, bool inClass)
    {
        switch (c)
        {
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'f': return '\f';
            case 'v': return '\v';
            case 'a': return '\a';
            case 'e': return 0x1B;
            case 'b' when inClass: return '\b';
            case '0': return 0;
            case 'x': return TryTake('{') ? Hex(8, braced: true) : Hex(2, braced: false);
            case 'u': return Hex(4, braced: false);
            default:
                if (c < 128 && char.IsAsciiLetterOrDigit((char)c))
                    throw new UnsupportedFeatureException(_file, $"\\{(char)c} in the regular expression at {_place}");
                return c;
        }
    }

    private int Hex(int most, bool braced)
    {
        var (value, digits) = (0L, 0);
        while (digits < most && !IsAtEnd && _pattern[_at] < 128 && char.IsAsciiHexDigit((char)_pattern[_at]))
        {
            value = value * 16 + Convert.ToInt32(((char)_pattern[_at++]).ToString(), 16);
            digits++;
        }

        if (digits == 0 || braced && !TryTake('}') || !Rune.IsValid((int)Math.Min(value, int.MaxValue))) throw Wrong("a hexadecimal escape that names no character");
        return (int)value;
    }
}
