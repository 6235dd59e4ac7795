using System.Security.Cryptography;
using System.Text;

namespace Tessera.Tokenizers.Morphology;

/// <summary>Takes the longest suffix of a list off each word, as often as one fits and enough of a stem is left. For languages that add endings. Immutable.</summary>
public sealed class SuffixAnalyser : IMorphemeAnalyser
{
    private readonly HashSet<string> _suffixes;
    private readonly int _longest;
    private readonly int _shortestStem;

    /// <summary>Creates an analyser.</summary>
    /// <param name="suffixes">The suffixes.</param>
    /// <param name="shortestStem">How many UTF-16 units must stay, at least 1. Default 2.</param>
    /// <exception cref="ArgumentException">There are no suffixes, or one is empty.</exception>
    public SuffixAnalyser(IEnumerable<string> suffixes, int shortestStem = 2)
    {
        ArgumentNullException.ThrowIfNull(suffixes);
        ArgumentOutOfRangeException.ThrowIfLessThan(shortestStem, 1);
        _suffixes = new HashSet<string>(suffixes, StringComparer.Ordinal);
        if (_suffixes.Count == 0 || _suffixes.Contains("")) throw new ArgumentException("There are no suffixes, or one is empty.", nameof(suffixes));
        _longest = _suffixes.Max(static s => s.Length);
        _shortestStem = shortestStem;
        var list = string.Join('\n', _suffixes.Order(StringComparer.Ordinal));
        Identity = $"suffixes 1 {shortestStem} {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(list))[..8])}";
    }

    /// <inheritdoc/>
    public string Identity { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Morpheme> Analyse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var found = new List<Morpheme>();
        for (var start = 0; start < text.Length;)
        {
            var end = start;
            while (end < text.Length && char.IsLetter(text[end])) end++;
            if (end == start)
            {
                start++;
                continue;
            }

            var first = found.Count;
            var stem = end;
            while (Suffix(text, start, stem) is > 0 and var length)
            {
                stem -= length;
                found.Add(new Morpheme(stem, length, "suffix"));
            }

            found.Add(new Morpheme(start, stem - start, "stem"));
            found.Reverse(first, found.Count - first);
            start = end;
        }

        return found;
    }

    private int Suffix(string text, int start, int end)
    {
        var lookup = _suffixes.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var length = Math.Min(_longest, end - start - _shortestStem); length > 0; length--)
        {
            if (lookup.Contains(text.AsSpan(end - length, length))) return length;
        }

        return 0;
    }
}
