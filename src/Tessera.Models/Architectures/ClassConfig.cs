using System.Globalization;
using Tessera.Models.Files;

namespace Tessera.Models.Architectures;

/// <summary>What a configuration says of an encoder's classes: whether tokens or sequences have them, how many there are, what they are called.</summary>
/// <param name="OfTokens">Whether tokens have classes, or sequences; null where nothing is said.</param>
/// <param name="Labels">The classes' names; null where nothing is said.</param>
/// <param name="Count">How many classes there are; null where nothing is said.</param>
internal sealed record ClassConfig(bool? OfTokens = null, IReadOnlyList<string>? Labels = null, int? Count = null)
{
    // No published classifier has more than some tens of thousands of classes.
    private const int MostLabels = 1 << 20;

    /// <summary>Reads <c>architectures</c>, <c>id2label</c> and <c>num_labels</c>.</summary>
    /// <exception cref="MalformedInputException">The names do not go from 0 to their number without a gap.</exception>
    public static ClassConfig From(ConfigReader config)
    {
        bool? ofTokens = null;
        foreach (var name in config.StringList("architectures") ?? [])
        {
            if (name.EndsWith("ForTokenClassification", StringComparison.Ordinal)) ofTokens = true;
            else if (name.EndsWith("ForSequenceClassification", StringComparison.Ordinal)) ofTokens = false;
        }

        return new ClassConfig(ofTokens, LabelsIn(config), config.Has("num_labels") ? config.Int("num_labels", 0, MostLabels) : null);
    }

    /// <summary>The names for a classifier of so many classes.</summary>
    /// <param name="count">Rows of the classifier's matrix.</param>
    /// <param name="source">The file, for errors.</param>
    /// <exception cref="MalformedInputException">The configuration speaks of another number of classes.</exception>
    public IReadOnlyList<string> LabelsOf(int count, string source)
    {
        if ((Labels?.Count ?? Count ?? count) is var said && said != count)
            throw new MalformedInputException(source, "$.id2label", $"names {said} classes; the classifier has {count}");
        return Labels ?? [.. Enumerable.Range(0, count).Select(static i => $"LABEL_{i}")];
    }

    private static string[]? LabelsIn(ConfigReader config)
    {
        if (config.Object("id2label") is not { } map) return null;
        var keys = map.Names.ToList();
        var labels = new string?[keys.Count];
        foreach (var key in keys)
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= labels.Length || labels[index] is not null)
                throw map.Error(key, $"the {labels.Length} classes are numbered from 0 to {labels.Length - 1}, each once");
            labels[index] = map.String(key);
        }

        return labels!;
    }
}
