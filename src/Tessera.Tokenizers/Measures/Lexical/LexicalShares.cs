namespace Tessera.Tokenizers.Measures.Lexical;

/// <summary>How many tokens are words, and how many whole roots or affixes. All shares are percent.</summary>
public sealed record LexicalShares
{
    /// <summary>Different tokens, decoded and without blanks around them; each that is no text by itself counts for one.</summary>
    public required long Types { get; init; }

    /// <summary>All tokens but those of white space.</summary>
    public required long Tokens { get; init; }

    /// <summary>Different tokens whose bytes are no text by themselves; they are never words.</summary>
    public required long InvalidTypes { get; init; }

    /// <summary>%TR of the paper's tables: the share of different tokens that are words.</summary>
    public required double TypeWords { get; init; }

    /// <summary>%Pure of the paper's tables: the share of different tokens that are roots or affixes.</summary>
    public required double TypePure { get; init; }

    /// <summary>The share of all tokens that are words: each counts as often as it occurs.</summary>
    public required double TokenWords { get; init; }

    /// <summary>The share of all tokens that are roots or affixes.</summary>
    public required double TokenPure { get; init; }

    /// <summary>Different tokens by length; short ones are words by accident.</summary>
    public required IReadOnlyList<LexicalLength> ByLength { get; init; }

    /// <summary>The most frequent tokens that are words.</summary>
    public required IReadOnlyList<string> Words { get; init; }

    /// <summary>The most frequent tokens that are none.</summary>
    public required IReadOnlyList<string> Others { get; init; }
}
