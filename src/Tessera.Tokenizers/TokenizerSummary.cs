namespace Tessera.Tokenizers;

/// <summary>What a tokenizer is made of, for a person to read.</summary>
public sealed record TokenizerSummary
{
    /// <summary>How pieces become tokens: BPE, Unigram, WordPiece or WordLevel, with the switches that are on.</summary>
    public required string Model { get; init; }

    /// <summary>One more than the highest id.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Ids that name a token.</summary>
    public required int TokenCount { get; init; }

    /// <summary>Merges of a BPE; null for other models.</summary>
    public int? MergeCount { get; init; }

    /// <summary>Tokens that are found in text as they stand.</summary>
    public required int AddedCount { get; init; }

    /// <summary>Control tokens.</summary>
    public required int SpecialCount { get; init; }

    /// <summary>The steps around the model in the order of tokenizer.json (normalizer, pre_tokenizer, post_processor, decoder), each as one line such as
    /// <c>Digits(individual_digits=true) → ByteLevel(add_prefix_space=false)</c>; those that there are.</summary>
    public required IReadOnlyList<(string Name, string Description)> Steps { get; init; }
}
