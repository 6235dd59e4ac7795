using System.Security.Cryptography;
using System.Text;

namespace Tessera.Tokenizers.Morphology;

/// <summary>
/// Knows the morphemes of words from text that somebody else has cut: words between white space, morphemes within them divided by a mark.
/// A word that was cut in different ways is cut as it was most often; a word that was not there is one morpheme. Immutable.
/// </summary>
public sealed class SegmentedTextAnalyser : IMorphemeAnalyser
{
    private readonly Dictionary<string, int[]> _lengths; // of each word's morphemes

    private SegmentedTextAnalyser(Dictionary<string, int[]> lengths, string identity) => (_lengths, Identity) = (lengths, identity);

    /// <inheritdoc/>
    public string Identity { get; }

    /// <summary>The number of words that are known.</summary>
    public int Words => _lengths.Count;

    /// <summary>Reads text that has been cut.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="mark">What stands between the morphemes of a word. Default +.</param>
    /// <param name="name">What errors call the file.</param>
    /// <exception cref="MalformedInputException">There are no words.</exception>
    public static SegmentedTextAnalyser Read(TextReader reader, char mark = '+', string name = "segmented text")
    {
        ArgumentNullException.ThrowIfNull(reader);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal); // of words with their marks
        while (reader.ReadLine() is { } line)
        {
            foreach (var word in line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) counts[word] = counts.GetValueOrDefault(word) + 1;
        }

        var lengths = new Dictionary<string, int[]>(StringComparer.Ordinal);
        // The most frequent way first, so that it is the one that stays.
        var ordered = counts.OrderByDescending(static c => c.Value).ThenBy(static c => c.Key, StringComparer.Ordinal).ToList();
        foreach (var (word, _) in ordered)
        {
            var parts = word.Split(mark, StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length > 0) lengths.TryAdd(string.Concat(parts), [.. parts.Select(static p => p.Length)]);
        }

        if (lengths.Count == 0) throw new MalformedInputException(name, "its lines", "there are no words");
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', ordered.Select(static o => o.Key))));
        return new SegmentedTextAnalyser(lengths, $"segmented text 1 {Convert.ToHexStringLower(hash[..8])}");
    }

    /// <inheritdoc/>
    public IReadOnlyList<Morpheme> Analyse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var found = new List<Morpheme>();
        foreach (var (start, end) in WrittenWords.Of(text))
        {
            var at = start;
            foreach (var length in _lengths.GetValueOrDefault(text[start..end]) ?? [end - start])
            {
                found.Add(new Morpheme(at, length));
                at += length;
            }
        }

        return found;
    }
}
