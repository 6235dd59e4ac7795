namespace Tessera.Tokenizers.Training;

/// <summary>The rules of the estimation of a unigram model.</summary>
internal sealed record UnigramSettings
{
    /// <summary>How many pieces are wanted; estimation ends at 1.1 times as many, from which the caller chooses.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The share of pieces that a pruning keeps.</summary>
    public double ShrinkingFactor { get; init; } = 0.75;

    /// <summary>How often expectations are taken between prunings.</summary>
    public int SubIterations { get; init; } = 2;

    /// <summary>
    /// Whether the rules are SentencePiece's rather than those that Hugging Face made of them. There the first piece is none, but stands for
    /// unknown text, always stays and has no part in sums; a piece whose best segmentation is another one stays if any text uses it; the
    /// loss of a piece is reckoned as if it were cut into as many parts as there are pieces (the length of the wrong list is taken), so that
    /// more of the short and frequent ones stay; and SentencePiece drops what no text uses after the last estimation as well (since 0.2.3).
    /// </summary>
    public bool FollowsSentencePiece { get; init; }

    /// <summary>How many threads estimate.</summary>
    public int Threads { get; init; } = 1;
}
