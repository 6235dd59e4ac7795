namespace Tessera.Tokenizers.Training;

/// <summary>What a byte-level BPE is trained to.</summary>
public sealed record BpeTrainerOptions
{
    /// <summary>The number of tokens, special tokens and the 256 bytes included. Fewer come out where the text has no more pairs. Default 30,000.</summary>
    public int VocabularySize { get; init; } = 30_000;

    /// <summary>How often a pair has to occur to be merged. Default 0, which means once.</summary>
    public long MinFrequency { get; init; }

    /// <summary>The most bytes of a merged token, exclusive; null (default) for no bound.</summary>
    public int? MaxTokenLength { get; init; }

    /// <summary>How text is cut. Default GPT-2's pattern.</summary>
    public SplitPattern Pattern { get; init; } = SplitPattern.Gpt2;

    /// <summary>Special tokens; they get the first ids, in this order.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = [];

    /// <summary>Which special token begins a sequence; added to <see cref="SpecialTokens"/> where it is not among them. Null for none.</summary>
    public string? BeginOfSequence { get; init; }

    /// <summary>Which special token ends a sequence; added likewise. Null for none.</summary>
    public string? EndOfSequence { get; init; }

    /// <summary>Which special token is padding; added likewise. Null for none.</summary>
    public string? Padding { get; init; }

    /// <summary>Whether encoding puts <see cref="BeginOfSequence"/> before a text. Default false.</summary>
    public bool AddBeginOfSequence { get; init; }

    /// <summary>Whether encoding puts <see cref="EndOfSequence"/> behind a text. Default false.</summary>
    public bool AddEndOfSequence { get; init; }
}
