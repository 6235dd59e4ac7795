using System.Globalization;

namespace Tessera.Tokenizers.Measures.Composition;

/// <summary>
/// The first word of a character's name ("LATIN SMALL LETTER A"), where it is one of the 75 that Qtok takes for scripts. This is not the
/// script property: MICRO SIGN and MODIFIER LETTER SMALL A are no Latin. Read from names.txt on first use.
/// </summary>
internal sealed class NameWords
{
    private const string None = "none";
    private static readonly Lazy<NameWords> s_instance = new(static () => new NameWords());

    private readonly int[] _firsts;
    private readonly int[] _lasts;
    private readonly string[] _words;

    private NameWords()
    {
        using var stream = typeof(NameWords).Assembly.GetManifestResourceStream("Tessera.Tokenizers.names.txt")
            ?? throw new InvalidOperationException("names.txt is not part of the assembly");
        using var reader = new StreamReader(stream);
        var runs = new List<(int First, int Last, string Word)>();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#') continue;
            var parts = line.Split(' ');
            foreach (var range in parts.AsSpan(1))
            {
                var dash = range.IndexOf('-', StringComparison.Ordinal);
                var first = int.Parse(dash < 0 ? range : range[..dash], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                var last = dash < 0 ? first : int.Parse(range.AsSpan(dash + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                runs.Add((first, last, parts[0]));
            }
        }

        runs.Sort(static (a, b) => a.First.CompareTo(b.First));
        _firsts = [.. runs.Select(static r => r.First)];
        _lasts = [.. runs.Select(static r => r.Last)];
        _words = [.. runs.Select(static r => r.Word)];
    }

    /// <summary>The version of Unicode that the table is of.</summary>
    public const string UnicodeVersion = "14.0.0";

    /// <summary>The table.</summary>
    public static NameWords Instance => s_instance.Value;

    /// <summary>Looks a character up.</summary>
    /// <param name="scalar">The character.</param>
    /// <param name="word">The script word; null where its name begins with another word or it has none.</param>
    /// <returns>Whether it has a name in the table's version of Unicode.</returns>
    public bool TryFind(int scalar, out string? word)
    {
        var at = Array.BinarySearch(_firsts, scalar);
        if (at < 0) at = ~at - 1;
        word = at >= 0 && scalar <= _lasts[at] ? _words[at] : null;
        if (word == None)
        {
            word = null;
            return false;
        }

        return true;
    }

    /// <summary>
    /// As <see cref="TryFind"/>, and characters that came with later versions count as named where the runtime knows them: as CJK in the
    /// blocks of ideographs, else without a script.
    /// </summary>
    public bool TryFindNow(int scalar, out string? word)
    {
        if (TryFind(scalar, out word)) return true;
        if (CharUnicodeInfo.GetUnicodeCategory(scalar) is UnicodeCategory.Control or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned) return false;
        if (scalar is >= 0x20000 and <= 0x323AF) word = "CJK";
        return true;
    }
}
