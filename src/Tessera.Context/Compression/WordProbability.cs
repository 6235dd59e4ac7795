namespace Tessera.Context.Compression;

/// <summary>How the probabilities of a word's tokens become the word's.</summary>
public enum WordProbability
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>The first token's.</summary>
    First,
}
