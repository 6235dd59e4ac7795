namespace Tessera.Tokenizers.Measures;

/// <summary>
/// How fairly a tokenizer treats languages: on texts that say the same, the tokens that a language needs over those that the reference
/// language needs (Petrov et al., "Language Model Tokenizers Introduce Unfairness Between Languages", arXiv 2305.15425). 1 is parity.
/// </summary>
public sealed record LanguageParity
{
    /// <summary>The language that others are compared with.</summary>
    public required string Reference { get; init; }

    /// <summary>Each language with its premium, from the lowest to the highest.</summary>
    public required IReadOnlyList<(string Language, double Premium)> Languages { get; init; }

    /// <summary>The premium in the middle.</summary>
    public double Median => Languages.Count % 2 == 1
        ? Languages[Languages.Count / 2].Premium
        : (Languages[Languages.Count / 2 - 1].Premium + Languages[Languages.Count / 2].Premium) / 2;

    /// <summary>The language that pays most, and what.</summary>
    public (string Language, double Premium) Worst => Languages[^1];

    /// <summary>The share of languages that need more than twice the reference's tokens.</summary>
    public double ShareAboveTwo => Languages.Count(static l => l.Premium > 2) / (double)Languages.Count;

    /// <summary>Compares languages.</summary>
    /// <param name="measures">Each language's name and measures, of parallel texts.</param>
    /// <param name="reference">The language to compare with; must be among them and have tokens.</param>
    /// <exception cref="ArgumentException">The reference is missing or has no tokens.</exception>
    public static LanguageParity Of(IReadOnlyList<(string Language, TextMeasures Measures)> measures, string reference)
    {
        ArgumentNullException.ThrowIfNull(measures);
        var at = measures.Where(m => m.Language == reference).Select(static m => m.Measures).FirstOrDefault();
        if (at is null || at.Tokens == 0) throw new ArgumentException($"There is no text in the reference language '{reference}'.", nameof(reference));
        return new LanguageParity
        {
            Reference = reference,
            Languages = [.. measures.Select(m => (m.Language, m.Measures.Tokens / (double)at.Tokens)).OrderBy(static l => l.Item2).ThenBy(static l => l.Language, StringComparer.Ordinal)],
        };
    }
}
