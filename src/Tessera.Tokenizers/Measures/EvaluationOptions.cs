using Tessera.Tokenizers.Measures.Lexical;

namespace Tessera.Tokenizers.Measures;

/// <summary>What is measured beside the counts of one sweep.</summary>
public sealed record EvaluationOptions
{
    /// <summary>The name of the texts that the others are compared with, where all say the same in other languages; null for no parity.</summary>
    public string? ReferenceLanguage { get; init; }

    /// <summary>The language's words, for the shares of tokens that are words and morphemes; null for none.</summary>
    public Lexicon? Lexicon { get; init; }

    /// <summary>The share of characters that are changed to see how steady the cuts are, from 0 (nothing is measured, the default) to 1.</summary>
    public double Noise { get; init; }

    /// <summary>Whether to apply the diagnostic of the theory of tokenization. Default false.</summary>
    public bool Theory { get; init; }

    /// <summary>Whether vocabularies are classified as the paper's program of Qtok does. Default false.</summary>
    public bool Compatible { get; init; }

    /// <summary>Names the random numbers of the noise. Default 0.</summary>
    public ulong Seed { get; init; }
}
