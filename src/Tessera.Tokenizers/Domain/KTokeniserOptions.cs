namespace Tessera.Tokenizers.Domain;

/// <summary>How K-Tokeniser is built and chooses.</summary>
public sealed record KTokeniserOptions
{
    /// <summary>The most tokens of a type. Default 5,000; never more than it has words.</summary>
    public int TypeVocabulary { get; init; } = 5_000;

    /// <summary>How often a token must occur among a type's words to stay. Default 2.</summary>
    public long FewestOccurrences { get; init; } = 2;

    /// <summary>How much the sentence's type weighs against the word's own fit (λ); 0 for words alone. Default 1.</summary>
    public double ContextWeight { get; init; } = 1;

    /// <summary>The prior of words that are of no type. Default 0.5.</summary>
    public double BasePrior { get; init; } = 0.5;

    /// <summary>Words with fewer letters always stay as the base cuts them. Default 4.</summary>
    public int ShortestWord { get; init; } = 4;

    /// <summary>Types with fewer words are put together as "other". Default 10.</summary>
    public int FewestWords { get; init; } = 10;

    /// <summary>Words that always stay as the base cuts them, such as function words. Default none.</summary>
    public IReadOnlyCollection<string> StopWords { get; init; } = [];

    /// <summary>Whether words are compared in small letters; must be so where the base writes none else. Default true.</summary>
    public bool Lowercase { get; init; } = true;
}
