using System.Globalization;
using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>A set of scalars in a regular expression: ranges, Unicode classes, nested sets, intersections, negation, either case.</summary>
internal sealed class CharacterSet
{
    private readonly List<(int First, int Last)> _ranges = [];
    private readonly List<CharacterSet> _union = [];
    private readonly List<CharacterSet> _intersections = [];
    private readonly bool[] _ascii = new bool[128];
    private uint _classes;
    private Func<int, bool>? _test;
    private bool _frozen;

    /// <summary>Whether the set is everything but what was added.</summary>
    public bool Negated { get; set; }

    /// <summary>Whether case is ignored.</summary>
    public bool AnyCase { get; set; }

    /// <summary>A set of one scalar.</summary>
    public static CharacterSet Of(int scalar)
    {
        var set = new CharacterSet();
        set.Add(scalar, scalar);
        return set;
    }

    /// <summary>A set of Unicode classes (<see cref="CharacterClass"/>).</summary>
    public static CharacterSet OfClasses(uint classes, bool negated = false) => new() { _classes = classes, Negated = negated };

    /// <summary>A set by a test.</summary>
    public static CharacterSet OfTest(Func<int, bool> test, bool negated = false) => new() { _test = test, Negated = negated };

    /// <summary>Adds a range.</summary>
    public void Add(int first, int last) => _ranges.Add((first, last));

    /// <summary>Adds another set.</summary>
    public void Add(CharacterSet set) => _union.Add(set);

    /// <summary>Keeps only what is in another set as well.</summary>
    public void Intersect(CharacterSet set) => _intersections.Add(set);

    /// <summary>Whether nothing was added.</summary>
    public bool IsEmpty => _ranges.Count == 0 && _union.Count == 0 && _intersections.Count == 0 && _classes == 0 && _test is null;

    /// <summary>Whether a scalar belongs to the set.</summary>
    public bool Contains(int scalar) => _frozen && scalar < 128 ? _ascii[scalar] : Compute(scalar);

    /// <summary>Prepares the answer for ASCII; call when the set is complete.</summary>
    public CharacterSet Freeze()
    {
        for (var c = 0; c < 128; c++) _ascii[c] = Compute(c);
        _frozen = true;
        return this;
    }

    /// <summary>A scalar with its case taken away: scalars that differ in case only give the same.</summary>
    public static int Fold(int scalar)
    {
        if (scalar < 0x80) return scalar is >= 'A' and <= 'Z' ? scalar + 32 : scalar;
        return scalar switch
        {
            0x17F => 's', // long s and the Kelvin sign fold to ASCII
            0x212A => 'k',
            _ => System.Text.Rune.ToLowerInvariant(System.Text.Rune.ToUpperInvariant(new System.Text.Rune(scalar))).Value,
        };
    }

    /// <summary>The set of a category or script by name, or null. <c>L</c>, <c>Lu</c>, <c>Letter</c>, <c>Han</c> …</summary>
    public static CharacterSet? Property(string name)
    {
        var key = name.Replace("_", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();
        uint? classes = key switch
        {
            "L" or "LETTER" => CharacterClass.Letter,
            "M" or "MARK" => CharacterClass.Mark,
            "N" or "NUMBER" => CharacterClass.Number,
            "P" or "PUNCTUATION" => CharacterClass.Punctuation,
            "S" or "SYMBOL" => CharacterClass.Symbol,
            "LU" => Bit(UnicodeCategory.UppercaseLetter),
            "LL" => Bit(UnicodeCategory.LowercaseLetter),
            "LT" => Bit(UnicodeCategory.TitlecaseLetter),
            "LM" => Bit(UnicodeCategory.ModifierLetter),
            "LO" => Bit(UnicodeCategory.OtherLetter),
            "MN" => Bit(UnicodeCategory.NonSpacingMark),
            "MC" => Bit(UnicodeCategory.SpacingCombiningMark),
            "ME" => Bit(UnicodeCategory.EnclosingMark),
            "ND" or "DIGIT" => Bit(UnicodeCategory.DecimalDigitNumber),
            "NL" => Bit(UnicodeCategory.LetterNumber),
            "NO" => Bit(UnicodeCategory.OtherNumber),
            "PC" => Bit(UnicodeCategory.ConnectorPunctuation),
            "PD" => Bit(UnicodeCategory.DashPunctuation),
            "PS" => Bit(UnicodeCategory.OpenPunctuation),
            "PE" => Bit(UnicodeCategory.ClosePunctuation),
            "PI" => Bit(UnicodeCategory.InitialQuotePunctuation),
            "PF" => Bit(UnicodeCategory.FinalQuotePunctuation),
            "PO" => Bit(UnicodeCategory.OtherPunctuation),
            "SM" => Bit(UnicodeCategory.MathSymbol),
            "SC" => Bit(UnicodeCategory.CurrencySymbol),
            "SK" => Bit(UnicodeCategory.ModifierSymbol),
            "SO" => Bit(UnicodeCategory.OtherSymbol),
            "CF" => Bit(UnicodeCategory.Format),
            "CO" => Bit(UnicodeCategory.PrivateUse),
            "CN" => Bit(UnicodeCategory.OtherNotAssigned),
            "SPACE" or "WHITESPACE" => CharacterClass.Space,
            _ => null,
        };
        if (classes is { } mask) return OfClasses(mask);
        return key switch
        {
            // White space is a class of its own here, so categories that hold some of it are tests.
            "CC" or "CNTRL" => OfTest(static c => c is < 0x20 or >= 0x7F and <= 0x9F),
            "C" or "OTHER" => OfTest(static c => c is < 0x20 or >= 0x7F and <= 0x9F || CharacterClass.Is(c, Bit(UnicodeCategory.Format) | Bit(UnicodeCategory.PrivateUse) | Bit(UnicodeCategory.OtherNotAssigned) | Bit(UnicodeCategory.Surrogate))),
            "Z" or "SEPARATOR" => OfTest(static c => c is not (>= 9 and <= 13 or 0x85) && CharacterClass.Is(c, CharacterClass.Space)),
            "ZS" => OfTest(static c => c is not (>= 9 and <= 13 or 0x85 or 0x2028 or 0x2029) && CharacterClass.Is(c, CharacterClass.Space)),
            "ZL" => Of(0x2028),
            "ZP" => Of(0x2029),
            "ANY" => OfTest(static _ => true),
            "ALNUM" => OfClasses(CharacterClass.Letter | Bit(UnicodeCategory.DecimalDigitNumber)),
            "ALPHA" or "ALPHABETIC" => OfClasses(CharacterClass.Letter | Bit(UnicodeCategory.LetterNumber)),
            "UPPER" => OfClasses(Bit(UnicodeCategory.UppercaseLetter)),
            "LOWER" => OfClasses(CharacterClass.Lower),
            "PUNCT" => OfClasses(CharacterClass.Punctuation | CharacterClass.Symbol),
            "XDIGIT" => OfTest(static c => c < 128 && char.IsAsciiHexDigit((char)c)),
            "BLANK" => OfTest(static c => c == '\t' || c is not (>= 10 and <= 13 or 0x85 or 0x2028 or 0x2029) && CharacterClass.Is(c, CharacterClass.Space)),
            "WORD" => OfTest(CharacterClass.IsWord),
            "ASCII" => OfTest(static c => c < 128),
            _ => Script(key),
        };
    }

    private static CharacterSet? Script(string key)
    {
        if (UnicodeTables.FindScript(key) is not { } script) return null;
        return OfTest(c => UnicodeTables.Script(c) == script);
    }

    private static uint Bit(UnicodeCategory category) => 1u << (int)category;

    private bool Compute(int scalar)
    {
        var inside = Holds(scalar);
        if (!inside && AnyCase)
        {
            var folded = Fold(scalar);
            inside = folded != scalar && Holds(folded) || Holds(Upper(folded)) || folded == 's' && Holds(0x17F) || folded == 'k' && Holds(0x212A);
        }

        return inside != Negated;
    }

    private bool Holds(int scalar)
    {
        if (!(IsEmptyUnion || InUnion(scalar))) return false;
        foreach (var other in _intersections)
        {
            if (!other.Contains(scalar)) return false;
        }

        return true;
    }

    private bool IsEmptyUnion => _intersections.Count > 0 && _ranges.Count == 0 && _union.Count == 0 && _classes == 0 && _test is null;

    private bool InUnion(int scalar)
    {
        if (_classes != 0 && CharacterClass.Is(scalar, _classes)) return true;
        foreach (var (first, last) in _ranges)
        {
            if (scalar >= first && scalar <= last) return true;
        }

        foreach (var set in _union)
        {
            if (set.Contains(scalar)) return true;
        }

        return _test is not null && _test(scalar);
    }

    private static int Upper(int scalar) => scalar < 0x80 ? (scalar is >= 'a' and <= 'z' ? scalar - 32 : scalar) : System.Text.Rune.ToUpperInvariant(new System.Text.Rune(scalar)).Value;
}
