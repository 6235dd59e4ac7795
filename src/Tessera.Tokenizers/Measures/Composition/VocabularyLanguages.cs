namespace Tessera.Tokenizers.Measures.Composition;

/// <summary>The languages of a vocabulary's entries: each entry whose languages are known is shared out among them in equal parts.</summary>
public sealed class VocabularyLanguages
{
    private VocabularyLanguages(string name, Dictionary<string, double> weights, int found, IReadOnlyList<string> unknown) =>
        (Name, Weights, Found, Unknown) = (name, weights, found, unknown);

    /// <summary>What reports call the vocabulary.</summary>
    public string Name { get; }

    /// <summary>Entries by language, shares added up.</summary>
    public IReadOnlyDictionary<string, double> Weights { get; }

    /// <summary>Entries whose languages are known.</summary>
    public int Found { get; }

    /// <summary>Entries of letters, longer than one, whose languages are not known.</summary>
    public IReadOnlyList<string> Unknown { get; }

    /// <summary>Percent of the found entries that are of a language; over all languages they add up to 100.</summary>
    public double Percent(string language) => Found == 0 ? 0 : 100 * Weights.GetValueOrDefault(language) / Found;

    /// <summary>
    /// Percent as the paper's program counts: of the sum of languages over entries, so that an entry of two languages counts twice below and
    /// once above the line, and the columns do not add up to 100.
    /// </summary>
    public double OriginalPercent(string language) => Mentions == 0 ? 0 : 100 * Weights.GetValueOrDefault(language) / Mentions;

    internal int Mentions { get; private init; }

    /// <summary>Shares a vocabulary out among languages.</summary>
    /// <param name="name">What reports call it.</param>
    /// <param name="entries">Its entries.</param>
    /// <param name="classifier">Says which are letters.</param>
    /// <param name="map">Knows languages.</param>
    public static VocabularyLanguages Of(string name, IEnumerable<VocabularyEntry> entries, VocabularyClassifier classifier, TokenLanguageMap map)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(map);
        var weights = new Dictionary<string, double>(StringComparer.Ordinal);
        var (found, mentions, unknown) = (0, 0, new List<string>());
        foreach (var entry in entries)
        {
            if (classifier.Classify(entry).Class is not (TokenClass.SpacedAlpha or TokenClass.InnerAlpha) || entry.Text is null) continue;
            var languages = map.Of(entry.Text);
            if (languages.Count == 0)
            {
                unknown.Add(entry.Text);
                continue;
            }

            found++;
            mentions += languages.Count;
            foreach (var language in languages) weights[language] = weights.GetValueOrDefault(language) + 1.0 / languages.Count;
        }

        return new VocabularyLanguages(name, weights, found, unknown) { Mentions = mentions };
    }
}
