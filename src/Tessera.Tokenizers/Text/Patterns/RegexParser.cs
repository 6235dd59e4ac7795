using System.Globalization;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>
/// Reads a regular expression in the syntax of Oniguruma's Ruby mode, which tokenizer.json files are written in. No captures: groups only
/// group. What is not supported is refused by name.
/// </summary>
internal sealed partial class RegexParser
{
    // Depth keeps the parser's own recursion, and everything that walks the tree, away from the end of the stack.
    private const int MostDepth = 100, MostLength = 100_000, MostRepeat = 1_000;

    private readonly string _file;
    private readonly string _place;
    private readonly int[] _pattern;
    private int _at;
    private int _depth;
    private bool _anyCase;
    private bool _dotAll;

    private RegexParser(string pattern, string file, string place)
    {
        _file = file;
        _place = place;
        if (pattern.Length > MostLength) throw new ResourceLimitException("characters of a regular expression", pattern.Length, MostLength, place);
        _pattern = [.. pattern.EnumerateRunes().Select(static r => r.Value)];
    }

    private bool IsAtEnd => _at >= _pattern.Length;

    /// <summary>Parses a pattern.</summary>
    /// <exception cref="MalformedInputException">It is not a regular expression.</exception>
    /// <exception cref="UnsupportedFeatureException">It uses something that this engine does not do.</exception>
    /// <exception cref="ResourceLimitException">It is too long or nested too deeply.</exception>
    public static RegexNode Parse(string pattern, string file, string place)
    {
        var parser = new RegexParser(pattern, file, place);
        var node = parser.Alternatives();
        return parser.IsAtEnd ? node : throw parser.Wrong("a closing parenthesis without an opening one");
    }

    private RegexNode Alternatives()
    {
        if (++_depth > MostDepth) throw new ResourceLimitException("nested groups of a regular expression", _depth, MostDepth, _place);
        var (anyCase, dotAll) = (_anyCase, _dotAll);
        var parts = new List<RegexNode> { Sequence() };
        while (TryTake('|')) parts.Add(Sequence());
        (_anyCase, _dotAll) = (anyCase, dotAll); // flags hold to the end of their group
        _depth--;
        return parts.Count == 1 ? parts[0] : new RegexNode.Alternation(parts);
    }

    private RegexNode Sequence()
    {
        var parts = new List<RegexNode>();
        while (!IsAtEnd && _pattern[_at] != '|' && _pattern[_at] != ')')
        {
            if (Atom() is { } atom) parts.Add(Quantified(atom));
        }

        return parts.Count switch
        {
            0 => new RegexNode.Empty(),
            1 => parts[0],
            _ => new RegexNode.Concatenation(parts),
        };
    }

    private RegexNode? Atom()
    {
        var c = _pattern[_at++];
        switch (c)
        {
            case '(': return Group();
            case '[': return new RegexNode.Set(Class().Freeze());
            case '\\': return Escape();
            case '^': return new RegexNode.Assertion(RegexAssertion.LineStart);
            case '$': return new RegexNode.Assertion(RegexAssertion.LineEnd);
            case '.': return new RegexNode.Set((_dotAll ? CharacterSet.OfTest(static _ => true) : CharacterSet.OfTest(static s => s != '\n')).Freeze());
            case '*' or '+' or '?': throw Wrong("a quantifier with nothing before it");
            default: return Literal(c);
        }
    }

    private RegexNode.Set Literal(int scalar)
    {
        var set = CharacterSet.Of(scalar);
        set.AnyCase = _anyCase;
        return new RegexNode.Set(set.Freeze());
    }

    private RegexNode Quantified(RegexNode atom)
    {
        for (var stacked = 0; !IsAtEnd; stacked++)
        {
            if (stacked > MostDepth) throw new ResourceLimitException("quantifiers one behind the other", stacked, MostDepth, _place);
            int least, most;
            var interval = false;
            switch (_pattern[_at])
            {
                case '*': (least, most) = (0, int.MaxValue); _at++; break;
                case '+': (least, most) = (1, int.MaxValue); _at++; break;
                case '?': (least, most) = (0, 1); _at++; break;
                case '{' when Interval(out least, out most): interval = true; break;
                default: return atom;
            }

            if (atom is RegexNode.Assertion) throw Wrong("a quantifier behind an assertion");
            var lazy = TryTake('?');
            // In Ruby's syntax {n,m}+ is a plus behind an interval, not a possessive interval.
            var possessive = !lazy && !interval && TryTake('+');
            atom = new RegexNode.Repeat(atom, least, most, lazy);
            if (possessive) atom = new RegexNode.Atomic(atom);
        }

        return atom;
    }

    /// <summary><c>{n}</c>, <c>{n,}</c>, <c>{,m}</c>, <c>{n,m}</c>; a brace that starts none of these is a character.</summary>
    private bool Interval(out int least, out int most)
    {
        var at = _at + 1;
        var low = Digits(ref at);
        var high = low;
        if (at < _pattern.Length && _pattern[at] == ',')
        {
            at++;
            high = Digits(ref at);
            if (low < 0 && high < 0) low = -2;
        }

        (least, most) = (Math.Max(low, 0), high < 0 ? int.MaxValue : high);
        if (low == -2 || low < 0 && high < 0 || at >= _pattern.Length || _pattern[at] != '}') return false;
        if (least > MostRepeat || most != int.MaxValue && most > MostRepeat)
            throw new ResourceLimitException("repetitions in a regular expression", Math.Max(least, most == int.MaxValue ? 0 : most), MostRepeat, _place);
        if (most < least) throw Wrong($"an interval from {least} to {most}");
        _at = at + 1;
        return true;
    }

    private int Digits(ref int at)
    {
        var value = -1;
        while (at < _pattern.Length && _pattern[at] is >= '0' and <= '9')
        {
            value = Math.Min(MostRepeat + 1, Math.Max(value, 0) * 10 + _pattern[at] - '0');
            at++;
        }

        return value;
    }

    private RegexNode? Group()
    {
        if (!TryTake('?')) return Close(Alternatives());
        if (IsAtEnd) throw Wrong("an unfinished group");
        var c = _pattern[_at++];
        switch (c)
        {
            case ':': return Close(Alternatives());
            case '=': return new RegexNode.Look(Close(Alternatives()), Behind: false, Negative: false);
            case '!': return new RegexNode.Look(Close(Alternatives()), Behind: false, Negative: true);
            case '>': return new RegexNode.Atomic(Close(Alternatives()));
            case '#':
                while (!IsAtEnd && _pattern[_at] != ')') _at++;
                if (!TryTake(')')) throw Wrong("a comment without an end");
                return null;
            case '<' when TryTake('='): return new RegexNode.Look(Close(Alternatives()), Behind: true, Negative: false);
            case '<' when TryTake('!'): return new RegexNode.Look(Close(Alternatives()), Behind: true, Negative: true);
            case '<':
                while (!IsAtEnd && _pattern[_at] != '>') _at++;
                if (!TryTake('>')) throw Wrong("a group's name without an end");
                return Close(Alternatives());
            default:
                _at--;
                return Flags();
        }
    }

    private RegexNode? Flags()
    {
        var (anyCase, dotAll) = (_anyCase, _dotAll);
        for (var on = true; ; )
        {
            if (IsAtEnd) throw Wrong("an unfinished group");
            var c = _pattern[_at++];
            switch (c)
            {
                case '-': on = false; break;
                case 'i': anyCase = on; break;
                case 'm': dotAll = on; break;
                case ')':
                    (_anyCase, _dotAll) = (anyCase, dotAll);
                    return null;
                case ':':
                    var outer = (_anyCase, _dotAll);
                    (_anyCase, _dotAll) = (anyCase, dotAll);
                    var group = Close(Alternatives());
                    (_anyCase, _dotAll) = outer;
                    return group;
                default: throw new UnsupportedFeatureException(_file, $"(?{(char)c} in the regular expression at {_place}");
            }
        }
    }

    private RegexNode Close(RegexNode node) => TryTake(')') ? node : throw Wrong("a group without an end");

    private bool TryTake(int c)
    {
        if (IsAtEnd || _pattern[_at] != c) return false;
        _at++;
        return true;
    }

    private MalformedInputException Wrong(string reason) => new(_file, _place, string.Create(CultureInfo.InvariantCulture, $"regular expression, character {_at}: {reason}"));
}
