using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Tessera.Tokenizers.Morphology;

/// <summary>Cuts each word into the morphemes of a list that are cheapest together; what is not in the list costs much. Immutable.</summary>
public sealed class LexiconAnalyser : IMorphemeAnalyser
{
    private const double UnknownRun = 10, UnknownCharacter = 2;
    private const int LongestWord = 1 << 12; // units; longer ones are taken as one morpheme

    private readonly Dictionary<string, (double Cost, string? Tag)> _morphemes = new(StringComparer.Ordinal);
    private readonly int _longest;

    /// <summary>Creates an analyser.</summary>
    /// <param name="morphemes">Morphemes with a tag or null, and a cost, not negative: 1 for each where nothing is known. Of equal ones the cheapest counts.</param>
    /// <exception cref="ArgumentException">There are none, one is empty, or a cost is negative or no number.</exception>
    public LexiconAnalyser(IEnumerable<(string Text, string? Tag, double Cost)> morphemes)
    {
        ArgumentNullException.ThrowIfNull(morphemes);
        foreach (var (text, tag, cost) in morphemes)
        {
            if (string.IsNullOrEmpty(text)) throw new ArgumentException("A morpheme is empty.", nameof(morphemes));
            if (!(cost >= 0) || !double.IsFinite(cost)) throw new ArgumentException($"The cost of '{text}' is not a number from 0.", nameof(morphemes));
            if (!_morphemes.TryGetValue(text, out var known) || cost < known.Cost) _morphemes[text] = (cost, tag);
            _longest = Math.Max(_longest, text.Length);
        }

        if (_morphemes.Count == 0) throw new ArgumentException("There are no morphemes.", nameof(morphemes));
        var lines = _morphemes.OrderBy(static m => m.Key, StringComparer.Ordinal).Select(static m => string.Create(CultureInfo.InvariantCulture, $"{m.Key}\t{m.Value.Tag}\t{m.Value.Cost:R}"));
        Identity = $"lexicon 1 {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines)))[..8])}";
    }

    /// <inheritdoc/>
    public string Identity { get; }

    /// <summary>Reads a list: a morpheme a line, then perhaps a tab and its tag, another tab and its cost (1 by default).</summary>
    /// <param name="reader">The text.</param>
    /// <param name="name">What errors call the file.</param>
    /// <exception cref="MalformedInputException">A cost is no number from 0, or there are no morphemes.</exception>
    public static LexiconAnalyser Read(TextReader reader, string name = "morphemes")
    {
        ArgumentNullException.ThrowIfNull(reader);
        var (morphemes, number) = (new List<(string, string?, double)>(), 0);
        while (reader.ReadLine() is { } line)
        {
            number++;
            var columns = line.Split('\t', StringSplitOptions.TrimEntries);
            if (columns[0].Length == 0) continue;
            var cost = 1.0;
            if (columns.Length > 2 && !(double.TryParse(columns[2], NumberStyles.Float, CultureInfo.InvariantCulture, out cost) && cost >= 0 && double.IsFinite(cost)))
                throw new MalformedInputException(name, $"line {number}", $"the cost '{columns[2]}' is no number from 0");
            morphemes.Add((columns[0], columns.Length > 1 && columns[1].Length > 0 ? columns[1] : null, cost));
        }

        return morphemes.Count > 0 ? new LexiconAnalyser(morphemes) : throw new MalformedInputException(name, "its lines", "there are no morphemes");
    }

    /// <inheritdoc/>
    public IReadOnlyList<Morpheme> Analyse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var found = new List<Morpheme>();
        foreach (var (start, end) in WrittenWords.Of(text)) Word(text, start, end, found);
        return found;
    }

    /// <summary>The cheapest way through a word; at each place the way may come from a morpheme or from a run of unknown characters.</summary>
    private void Word(string text, int start, int end, List<Morpheme> found)
    {
        var length = end - start;
        if (length > LongestWord)
        {
            found.Add(new Morpheme(start, length));
            return;
        }

        var (known, unknown) = (new double[length + 1], new double[length + 1]); // cheapest with a morpheme, or an unknown run, ending here
        var (knownFrom, unknownFrom) = (new int[length + 1], new int[length + 1]);
        known.AsSpan(1).Fill(double.PositiveInfinity);
        unknown.AsSpan().Fill(double.PositiveInfinity);
        var lookup = _morphemes.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var to = 1; to <= length; to++)
        {
            for (var from = Math.Max(0, to - _longest); from < to; from++)
            {
                if (!lookup.TryGetValue(text.AsSpan(start + from, to - from), out var morpheme)) continue;
                var cost = Math.Min(known[from], unknown[from]) + morpheme.Cost;
                if (cost < known[to]) (known[to], knownFrom[to]) = (cost, from);
            }

            // A run goes on, or begins behind a morpheme.
            var (begun, goesOn) = (known[to - 1] + UnknownRun, unknown[to - 1]);
            (unknown[to], unknownFrom[to]) = goesOn <= begun ? (goesOn + UnknownCharacter, unknownFrom[to - 1]) : (begun + UnknownCharacter, to - 1);
        }

        var first = found.Count;
        for (var to = length; to > 0;)
        {
            var isKnown = known[to] <= unknown[to];
            var from = isKnown ? knownFrom[to] : unknownFrom[to];
            found.Add(new Morpheme(start + from, to - from, isKnown ? _morphemes[text.Substring(start + from, to - from)].Tag : null));
            to = from;
        }

        found.Reverse(first, found.Count - first);
    }
}
