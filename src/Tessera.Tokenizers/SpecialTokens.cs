namespace Tessera.Tokenizers;

/// <summary>The ids of the tokens with a role; null where a tokenizer has none or its files do not say.</summary>
public sealed record SpecialTokens
{
    /// <summary>Begin of sequence.</summary>
    public int? BeginOfSequence { get; init; }

    /// <summary>End of sequence.</summary>
    public int? EndOfSequence { get; init; }

    /// <summary>End of turn, where it differs from the end of the sequence.</summary>
    public int? EndOfTurn { get; init; }

    /// <summary>Padding.</summary>
    public int? Padding { get; init; }

    /// <summary>Unknown text.</summary>
    public int? Unknown { get; init; }

    /// <summary>Separator (BERT).</summary>
    public int? Separator { get; init; }

    /// <summary>Classification (BERT).</summary>
    public int? Classification { get; init; }

    /// <summary>Mask (BERT).</summary>
    public int? Mask { get; init; }

    /// <summary>Every id that ends a generation: the end of the sequence, the end of a turn, and what is known by name to do so.</summary>
    public IReadOnlyList<int> EndOfGeneration { get; init; } = [];
}
