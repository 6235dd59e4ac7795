namespace Tessera.Tokenizers.Training;

/// <summary>What a unigram model is trained to; the defaults are those of tokenizers (Hugging Face).</summary>
public sealed record UnigramTrainerOptions : TokenizerTrainerOptions
{
    /// <summary>Creates options for 8,000 tokens whose unknown token is &lt;unk&gt;.</summary>
    public UnigramTrainerOptions() => (VocabularySize, Unknown) = (8_000, "<unk>");

    /// <summary>How text is cut into words. Default at blanks, which become marks.</summary>
    public TrainingPipeline Pipeline { get; init; } = TrainingPipeline.Metaspace;

    /// <summary>The most characters of a piece. Default 16.</summary>
    public int MaxPieceLength { get; init; } = 16;

    /// <summary>How many pieces training begins with at most. Default 1,000,000.</summary>
    public int SeedSize { get; init; } = 1_000_000;

    /// <summary>The share of pieces that a pruning keeps, between 0 and 1. Default 0.75.</summary>
    public double ShrinkingFactor { get; init; } = 0.75;

    /// <summary>How often expectations are taken between prunings, at least 1. Default 2.</summary>
    public int SubIterations { get; init; } = 2;

    /// <summary>Characters that are tokens whether they occur or not: the first of each string.</summary>
    public IReadOnlyList<string> InitialAlphabet { get; init; } = [];
}
