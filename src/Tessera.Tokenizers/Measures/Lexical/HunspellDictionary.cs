using System.Text;

namespace Tessera.Tokenizers.Measures.Lexical;

/// <summary>
/// A dictionary in hunspell's form: stems with flags (.dic) and the affixes that flags allow (.aff). A word is a stem, or a stem with one
/// suffix, one prefix, or one of each where both may be combined (man 5 hunspell: SET, FLAG, AF, PFX, SFX, NEEDAFFIX, FORBIDDENWORD).
/// Compounds, second suffixes and what serves suggestions are left out.
/// </summary>
public sealed class HunspellDictionary : IWordAnalyser
{
    private const int MostAffixes = 1 << 17;
    private const int MostStems = 1 << 22;

    private readonly Dictionary<string, HashSet<string>> _stems = new(StringComparer.Ordinal); // flags of each stem
    private readonly Dictionary<string, List<HunspellAffix>> _suffixes = new(StringComparer.Ordinal); // by what they add
    private readonly Dictionary<string, List<HunspellAffix>> _prefixes = new(StringComparer.Ordinal);
    private readonly HunspellFlags _flags;
    private readonly LetterCasing _casing;

    private HunspellDictionary(HunspellFlags flags, LetterCasing casing) => (_flags, _casing) = (flags, casing);

    /// <summary>The stems.</summary>
    public IEnumerable<string> Stems => _stems.Keys;

    /// <summary>What suffixes and prefixes add, without what adds nothing.</summary>
    public IEnumerable<string> Affixes => _suffixes.Keys.Concat(_prefixes.Keys).Where(static a => a.Length > 0).Distinct(StringComparer.Ordinal);

    /// <summary>Loads a dictionary.</summary>
    /// <param name="path">The .dic file; the .aff file beside it is read too where there is one.</param>
    /// <param name="casing">How its letters change case.</param>
    /// <exception cref="MalformedInputException">A line breaks the rules of its format.</exception>
    /// <exception cref="UnsupportedFeatureException">The files are in an encoding other than UTF-8, ASCII or ISO 8859-1.</exception>
    /// <exception cref="ResourceLimitException">A file is larger than 100 MB or has too many entries.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static HunspellDictionary Load(string path, LetterCasing casing = LetterCasing.Invariant)
    {
        ArgumentNullException.ThrowIfNull(path);
        var affixes = Path.ChangeExtension(path, ".aff");
        return Parse(Read(path), File.Exists(affixes) ? Read(affixes) : [], casing, path, affixes);
    }

    /// <summary>Reads a dictionary's bytes.</summary>
    /// <param name="stems">The .dic file.</param>
    /// <param name="affixes">The .aff file; empty for none.</param>
    /// <param name="casing">How its letters change case.</param>
    /// <param name="name">What errors call the .dic file.</param>
    /// <param name="affixName">What errors call the .aff file.</param>
    /// <exception cref="MalformedInputException">A line breaks the rules of its format.</exception>
    /// <exception cref="UnsupportedFeatureException">The files are in an encoding that is not read.</exception>
    public static HunspellDictionary Parse(ReadOnlySpan<byte> stems, ReadOnlySpan<byte> affixes, LetterCasing casing = LetterCasing.Invariant, string name = "dictionary.dic", string affixName = "dictionary.aff")
    {
        var encoding = EncodingOf(affixes, affixName);
        var flags = new HunspellFlags(affixName);
        var dictionary = new HunspellDictionary(flags, casing);
        dictionary.ReadAffixes(encoding.GetString(affixes), affixName);
        dictionary.ReadStems(encoding.GetString(stems), name);
        return dictionary;
    }

    /// <inheritdoc/>
    public bool IsWord(string word) => Roots(word).Any();

    /// <inheritdoc/>
    public IEnumerable<string> Roots(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        if (word.Length == 0) return [];
        var lower = Lexicon.ToLower(word, _casing);
        // A word may stand at the start of a sentence or in capitals; a name may not be written small.
        return Analyse(word).Concat(lower == word ? [] : Analyse(lower)).Distinct(StringComparer.Ordinal);
    }

    private IEnumerable<string> Analyse(string word)
    {
        if (_stems.TryGetValue(word, out var flags) && !flags.Contains(_flags.NeedAffix) && !flags.Contains(_flags.Forbidden)) yield return word;
        foreach (var (stem, suffix) in Without(word, _suffixes, suffixes: true))
        {
            if (Allows(stem, suffix.Flag)) yield return stem;
            if (!suffix.Crosses) continue;
            foreach (var (inner, prefix) in Without(stem, _prefixes, suffixes: false))
            {
                if (prefix.Crosses && Allows(inner, suffix.Flag) && Allows(inner, prefix.Flag)) yield return inner;
            }
        }

        foreach (var (stem, prefix) in Without(word, _prefixes, suffixes: false))
        {
            if (Allows(stem, prefix.Flag)) yield return stem;
        }
    }

    private bool Allows(string stem, string flag) => _stems.TryGetValue(stem, out var flags) && flags.Contains(flag) && !flags.Contains(_flags.Forbidden);

    /// <summary>What a word may be without an affix: its text taken off, what it replaced put back.</summary>
    private static IEnumerable<(string Stem, HunspellAffix Affix)> Without(string word, Dictionary<string, List<HunspellAffix>> affixes, bool suffixes)
    {
        for (var length = 0; length < word.Length; length++)
        {
            if (!affixes.TryGetValue(suffixes ? word[^length..] : word[..length], out var found)) continue;
            var rest = suffixes ? word[..^length] : word[length..];
            foreach (var affix in found)
            {
                var stem = suffixes ? rest + affix.Stripped : affix.Stripped + rest;
                if (stem != word && affix.Fits(stem)) yield return (stem, affix);
            }
        }
    }

    private void ReadStems(string text, string name)
    {
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var entry = line.AsSpan().TrimEnd('\r');
            if (number == 1 && (entry.Length == 0 || entry.Trim('\uFEFF').Trim().ContainsAnyExceptInRange('0', '9') is false)) continue; // the first line tells how many follow
            var end = entry.IndexOfAny('\t', ' ');
            if (end >= 0) entry = entry[..end]; // morphological fields
            if (entry.Length == 0) continue;
            var slash = entry.LastIndexOf('/');
            var stem = (slash > 0 ? entry[..slash] : entry).ToString().Replace("\\/", "/", StringComparison.Ordinal);
            if (_stems.Count >= MostStems) throw new ResourceLimitException($"stems of {name}", number, MostStems);
            if (!_stems.TryGetValue(stem, out var flags)) _stems[stem] = flags = new HashSet<string>(StringComparer.Ordinal);
            if (slash > 0) flags.UnionWith(_flags.Split(entry[(slash + 1)..].ToString(), name, number));
        }
    }

    private void ReadAffixes(string text, string name)
    {
        var (number, count) = (0, 0);
        var crosses = new Dictionary<(bool, string), bool>();
        foreach (var line in text.Split('\n'))
        {
            number++;
            var parts = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length < 2) continue;
            if (_flags.Read(parts, number) || parts[0] is not ("PFX" or "SFX")) continue;
            var isSuffix = parts[0] == "SFX";
            if (parts.Length < 4) throw new MalformedInputException(name, $"line {number}", "an affix has a flag, what it strips and what it adds");
            if (!crosses.TryGetValue((isSuffix, parts[1]), out var cross))
            {
                crosses[(isSuffix, parts[1])] = parts[2] == "Y"; // the class's head: flag, cross product, number of rules
                continue;
            }

            if (++count > MostAffixes) throw new ResourceLimitException($"affixes of {name}", count, MostAffixes);
            var affix = HunspellAffix.Read(parts, isSuffix, cross, name, number);
            var affixes = isSuffix ? _suffixes : _prefixes;
            if (!affixes.TryGetValue(affix.Added, out var same)) affixes[affix.Added] = same = [];
            same.Add(affix);
        }
    }

    private static Encoding EncodingOf(ReadOnlySpan<byte> affixes, string name)
    {
        foreach (var line in Encoding.Latin1.GetString(affixes[..Math.Min(affixes.Length, 1 << 14)]).Split('\n'))
        {
            var parts = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (parts is not ["SET", ..] and not ["ï»¿SET", ..] || parts.Length < 2) continue;
            return parts[1].ToUpperInvariant() switch
            {
                "UTF-8" or "UTF8" => Encoding.UTF8,
                "ISO8859-1" or "ISO-8859-1" or "ASCII" => Encoding.Latin1,
                var other => throw new UnsupportedFeatureException(name, $"the encoding {other}", "Convert both files to UTF-8 and write SET UTF-8."),
            };
        }

        return Encoding.UTF8;
    }

    private static byte[] Read(string path)
    {
        var length = new FileInfo(path).Length;
        var most = InputLimits.Default.MaxJsonBytes;
        return length <= most ? File.ReadAllBytes(path) : throw new ResourceLimitException($"bytes of {path}", length, most);
    }
}
