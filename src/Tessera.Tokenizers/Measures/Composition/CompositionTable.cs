namespace Tessera.Tokenizers.Measures.Composition;

/// <summary>A table of percent with a row for each vocabulary; rare columns are added up as <see cref="Other"/>.</summary>
/// <param name="Columns">The columns.</param>
/// <param name="Rows">Each vocabulary's name and percentages.</param>
public sealed record CompositionTable(IReadOnlyList<string> Columns, IReadOnlyList<(string Name, IReadOnlyList<double> Percent)> Rows)
{
    /// <summary>What the column of everything rare is called.</summary>
    public const string Other = "Other";

    /// <summary>Columns of scripts that are rarer than this for every vocabulary are added up.</summary>
    public const double RareScript = 1;

    /// <summary>Columns of languages that are rarer than this for every vocabulary are added up.</summary>
    public const double RareLanguage = 0.5;

    /// <summary>Percent of the entries made of letters by script and class: <c>LATIN (spaced)</c>.</summary>
    /// <param name="vocabularies">The vocabularies.</param>
    public static CompositionTable OfScripts(IReadOnlyList<VocabularyComposition> vocabularies)
    {
        ArgumentNullException.ThrowIfNull(vocabularies);
        var columns = vocabularies.SelectMany(static v => v.Scripts).Distinct().ToList();
        return Build(
            [.. columns.Select(c => ($"{c.Script} ({Place(c.Class)})", vocabularies.Select(v => v.Percent(c.Script, c.Class)).ToArray()))],
            [.. vocabularies.Select(static v => v.Name)], RareScript);
    }

    /// <summary>Percent of the entries with a known language by language.</summary>
    /// <param name="vocabularies">The vocabularies.</param>
    public static CompositionTable OfLanguages(IReadOnlyList<VocabularyLanguages> vocabularies)
    {
        ArgumentNullException.ThrowIfNull(vocabularies);
        var columns = vocabularies.SelectMany(static v => v.Weights.Keys).Distinct(StringComparer.Ordinal).ToList();
        return Build([.. columns.Select(c => (c, vocabularies.Select(v => v.Percent(c)).ToArray()))], [.. vocabularies.Select(static v => v.Name)], RareLanguage);
    }

    private static CompositionTable Build(List<(string Name, double[] Percent)> columns, string[] names, double rare)
    {
        var other = new double[names.Length];
        foreach (var column in columns.Where(c => c.Percent.All(p => Math.Round(p, 2) <= rare)))
        {
            for (var i = 0; i < other.Length; i++) other[i] += column.Percent[i];
        }

        columns.RemoveAll(c => c.Percent.All(p => Math.Round(p, 2) <= rare));
        columns.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        if (other.Any(static p => p > 0)) columns.Add((Other, other));
        return new CompositionTable([.. columns.Select(static c => c.Name)], [.. names.Select((name, i) => (name, (IReadOnlyList<double>)[.. columns.Select(c => c.Percent[i])]))]);
    }

    private static string Place(TokenClass kind) => kind switch
    {
        TokenClass.CharacterAlpha => "char",
        TokenClass.SpacedAlpha => "spaced",
        _ => "inner",
    };
}
