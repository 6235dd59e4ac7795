namespace Tessera.Tokenizers.Measures.Theory;

/// <summary>What the diagnostic of a tokenizer found.</summary>
public sealed record MarkovDiagnosis
{
    /// <summary>The size of the vocabulary (d).</summary>
    public required int Size { get; init; }

    /// <summary>What a model without memory over the tokens spends.</summary>
    public required UnigramLoss Loss { get; init; }

    /// <summary>The most probable string that is no token; null where all are.</summary>
    public required MissingSubstring? Missing { get; init; }

    /// <summary>The same among strings that the pre-tokenizer does not cut; the difference is the price of pre-tokenization.</summary>
    public required MissingSubstring? MissingInPieces { get; init; }

    /// <summary>β over all strings; null where none is missing.</summary>
    public double? Exponent => Missing?.Exponent(Size);

    /// <summary>β over strings that the pre-tokenizer does not cut; null where none is missing.</summary>
    public double? ExponentInPieces => MissingInPieces?.Exponent(Size);
}
