using System.Globalization;

namespace Tessera.Tokenizers.Text.Unicode;

/// <summary>
/// The tables of unicode.txt, read on first use: marks, punctuation, decompositions, combining classes, scripts. The versions are those
/// that tokenizers 0.23 uses for normalization forms, accents and scripts (9), punctuation and BERT's clean-up (8), so that ids agree.
/// </summary>
internal sealed class UnicodeTables
{
    private static readonly Lazy<UnicodeTables> s_instance = new(static () => new UnicodeTables());

    private readonly List<(int First, int Last)> _nonSpacing = [];
    private readonly List<(int First, int Last)> _nonSpacing8 = [];
    private readonly List<(int First, int Last)> _format8 = [];
    private readonly List<(int First, int Last)> _spacing = [];
    private readonly List<(int First, int Last)> _punctuation = [];
    private readonly List<(int First, int Last, byte Class)> _combining = [];
    private readonly Dictionary<int, int[]> _canonical = [];
    private readonly Dictionary<int, int[]> _compatibility = [];
    private readonly Dictionary<long, int> _compositions = [];
    private readonly List<(int First, string Script)> _scripts = [];

    private UnicodeTables()
    {
        using var stream = typeof(UnicodeTables).Assembly.GetManifestResourceStream("Tessera.Tokenizers.unicode.txt")
            ?? throw new InvalidOperationException("unicode.txt is not part of the assembly");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#') continue;
            var table = line[..line.IndexOf(' ')];
            foreach (var item in line[(table.Length + 1)..].Split(' ')) Add(table, item);
        }
    }

    /// <summary>The tables.</summary>
    public static UnicodeTables Instance => s_instance.Value;

    /// <summary>Whether a scalar is a non-spacing mark (Mn) of Unicode 8.</summary>
    public bool IsNonSpacingMark8(int scalar) => scalar >= 0x300 && Contains(_nonSpacing8, scalar);

    /// <summary>Whether a scalar is a format control (Cf) of Unicode 8.</summary>
    public bool IsFormat8(int scalar) => scalar >= 0xAD && Contains(_format8, scalar);

    /// <summary>Whether a scalar is a mark (Mn, Mc, Me).</summary>
    public bool IsMark(int scalar) => scalar >= 0x300 && (Contains(_nonSpacing, scalar) || Contains(_spacing, scalar));

    /// <summary>Whether a scalar beyond ASCII is punctuation (P).</summary>
    public bool IsPunctuation(int scalar) => Contains(_punctuation, scalar);

    /// <summary>The canonical combining class; 0 for starters.</summary>
    public int CombiningClass(int scalar)
    {
        if (scalar < 0x300) return 0;
        var (low, high) = (0, _combining.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (scalar < _combining[middle].First) high = middle - 1;
            else if (scalar > _combining[middle].Last) low = middle + 1;
            else return _combining[middle].Class;
        }

        return 0;
    }

    /// <summary>The decomposition of a scalar by one level, or null.</summary>
    public int[]? Decomposition(int scalar, bool compatibility) =>
        _canonical.TryGetValue(scalar, out var canonical) ? canonical
        : compatibility && _compatibility.TryGetValue(scalar, out var mapping) ? mapping
        : null;

    /// <summary>The primary composite of two scalars, or −1. Hangul excepted.</summary>
    public int Composition(int first, int second) => _compositions.TryGetValue((long)first << 32 | (uint)second, out var composite) ? composite : -1;

    /// <summary>The scalars that are the second of a primary composite. Hangul excepted.</summary>
    public HashSet<int> CompositionSeconds() => [.. _compositions.Keys.Select(static pair => (int)(uint)pair)];

    /// <summary>The script of a scalar by its long name; Common, Inherited, Unknown where it has none of its own.</summary>
    public string Script(int scalar)
    {
        var (low, high) = (0, _scripts.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (scalar < _scripts[middle].First) high = middle - 1;
            else low = middle;
        }

        return _scripts[low].Script;
    }

    /// <summary>The long name of a script that is given without regard to case and underscores, or null.</summary>
    public string? FindScript(string name) => _scripts.Select(static s => s.Script).FirstOrDefault(s => s.Replace("_", "", StringComparison.Ordinal).Equals(name, StringComparison.OrdinalIgnoreCase));

    private void Add(string table, string item)
    {
        switch (table)
        {
            case "nonspacing": _nonSpacing.Add(Range(item)); break;
            case "nonspacing8": _nonSpacing8.Add(Range(item)); break;
            case "format8": _format8.Add(Range(item)); break;
            case "spacing": _spacing.Add(Range(item)); break;
            case "punctuation": _punctuation.Add(Range(item)); break;
            case "script": _scripts.Add((Hex(item.AsSpan(0, item.IndexOf(':'))), string.Intern(item[(item.IndexOf(':') + 1)..]))); break;
            case "ccc":
                var colon = item.IndexOf(':');
                var (first, last) = Range(item.AsSpan(0, colon));
                _combining.Add((first, last, byte.Parse(item.AsSpan(colon + 1), CultureInfo.InvariantCulture)));
                break;
            default:
                var equals = item.IndexOf('=');
                var character = Hex(item.AsSpan(0, equals));
                var parts = item[(equals + 1)..].Split('+').Select(static p => Hex(p)).ToArray();
                (table == "compatibility" ? _compatibility : _canonical)[character] = parts;
                if (table == "canonical") _compositions[(long)parts[0] << 32 | (uint)parts[1]] = character;
                break;
        }
    }

    private static bool Contains(List<(int First, int Last)> ranges, int scalar)
    {
        var (low, high) = (0, ranges.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (scalar < ranges[middle].First) high = middle - 1;
            else if (scalar > ranges[middle].Last) low = middle + 1;
            else return true;
        }

        return false;
    }

    private static (int First, int Last) Range(ReadOnlySpan<char> text)
    {
        var dash = text.IndexOf('-');
        return dash < 0 ? (Hex(text), Hex(text)) : (Hex(text[..dash]), Hex(text[(dash + 1)..]));
    }

    private static int Hex(ReadOnlySpan<char> text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
