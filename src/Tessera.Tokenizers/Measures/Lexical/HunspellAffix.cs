namespace Tessera.Tokenizers.Measures.Lexical;

/// <summary>One rule of a hunspell file: what an affix strips from a stem, what it adds, and which stems it fits.</summary>
internal sealed class HunspellAffix
{
    private const int MostConditions = 64;

    private readonly List<(string Letters, bool Excluded)> _conditions; // one for each letter at the stem's end or start; "" for any
    private readonly bool _isSuffix;

    private HunspellAffix(string flag, string stripped, string added, bool crosses, bool isSuffix, List<(string, bool)> conditions) =>
        (Flag, Stripped, Added, Crosses, _isSuffix, _conditions) = (flag, stripped, added, crosses, isSuffix, conditions);

    /// <summary>The flag that a stem needs.</summary>
    public string Flag { get; }

    /// <summary>What goes from the stem.</summary>
    public string Stripped { get; }

    /// <summary>What comes in its place.</summary>
    public string Added { get; }

    /// <summary>Whether an affix of the other kind may stand at the same stem.</summary>
    public bool Crosses { get; }

    /// <summary>Reads a rule: <c>SFX flag strip add[/flags] [condition]</c>.</summary>
    public static HunspellAffix Read(string[] parts, bool isSuffix, bool crosses, string file, int line)
    {
        var added = parts[3];
        var slash = added.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0) added = added[..slash]; // flags of a second affix
        return new HunspellAffix(parts[1], parts[2] == "0" ? "" : parts[2], added == "0" ? "" : added, crosses, isSuffix, Conditions(parts.Length > 4 ? parts[4] : ".", file, line));
    }

    /// <summary>Whether a stem meets the condition.</summary>
    public bool Fits(string stem)
    {
        if (stem.Length < _conditions.Count) return false;
        var start = _isSuffix ? stem.Length - _conditions.Count : 0;
        for (var i = 0; i < _conditions.Count; i++)
        {
            var (letters, excluded) = _conditions[i];
            if (letters.Length > 0 && letters.Contains(stem[start + i], StringComparison.Ordinal) == excluded) return false;
        }

        return true;
    }

    private static List<(string, bool)> Conditions(string text, string file, int line)
    {
        var conditions = new List<(string, bool)>();
        if (text == ".") return conditions;
        for (var i = 0; i < text.Length; i++)
        {
            if (conditions.Count >= MostConditions) throw new ResourceLimitException($"letters of a condition in {file}", text.Length, MostConditions);
            if (text[i] == '.') conditions.Add(("", false));
            else if (text[i] != '[') conditions.Add((text[i].ToString(), false));
            else
            {
                var end = text.IndexOf(']', i);
                if (end < 0) throw new MalformedInputException(file, $"line {line}", "a condition opens a bracket that nothing closes");
                var excluded = i + 1 < end && text[i + 1] == '^';
                conditions.Add((text[(i + (excluded ? 2 : 1))..end], excluded));
                i = end;
            }
        }

        return conditions;
    }
}
