using Tessera.Tokenizers.SentencePiece;

namespace Tessera.Tokenizers.Training;

/// <summary>
/// What a SentencePiece model is trained to; the defaults are the original's, except that no text is too long. The first ids are those of
/// the unknown, begin, end and padding pieces, then the special tokens, which are control pieces.
/// </summary>
public sealed record SentencePieceTrainerOptions : TokenizerTrainerOptions
{
    /// <summary>Creates options for 8,000 pieces, the first three being &lt;unk&gt;, &lt;s&gt; and &lt;/s&gt;.</summary>
    public SentencePieceTrainerOptions() => (VocabularySize, Unknown, BeginOfSequence, EndOfSequence) = (8_000, "<unk>", "<s>", "</s>");

    /// <summary>How the model cuts text, and with it how it is trained. Default unigram.</summary>
    public SentencePieceAlgorithm Algorithm { get; init; } = SentencePieceAlgorithm.Unigram;

    /// <summary>What happens to characters first. Default nmt_nfkc.</summary>
    public SentencePieceNormalization Normalization { get; init; } = SentencePieceNormalization.NmtNfkc;

    /// <summary>The share of the text whose characters, the most frequent ones, become pieces; the others are unknown. Default 0.9995.</summary>
    public double CharacterCoverage { get; init; } = 0.9995;

    /// <summary>The most characters of a piece. Default 16.</summary>
    public int MaxPieceLength { get; init; } = 16;

    /// <summary>The longest text in bytes that is read; longer ones are passed over, as the original does from 4,192 on. Null (default) for no bound.</summary>
    public int? MaxTextBytes { get; init; }

    /// <summary>Whether a piece holds a blank at its start only. Default true.</summary>
    public bool SplitByWhitespace { get; init; } = true;

    /// <summary>Whether the characters of a piece are of one script, kana counting as Han. Default true.</summary>
    public bool SplitByScript { get; init; } = true;

    /// <summary>Whether digits count as a script of their own. Default true.</summary>
    public bool SplitByNumber { get; init; } = true;

    /// <summary>Whether every digit stands alone. Default false.</summary>
    public bool SplitDigits { get; init; }

    /// <summary>Whether there is a piece for every byte, which unknown text becomes. Default false.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether a blank is put before a text. Default true.</summary>
    public bool AddDummyPrefix { get; init; } = true;

    /// <summary>Whether blanks at the ends and repeated ones go. Default true.</summary>
    public bool RemoveExtraBlanks { get; init; } = true;

    /// <summary>How many pieces unigram training begins with at most. Default 1,000,000.</summary>
    public int SeedSize { get; init; } = 1_000_000;

    /// <summary>
    /// The most bytes of all texts together that unigram training looks for substrings in, the bound on its memory: about 40 bytes
    /// each. More end training with a <see cref="ResourceLimitException"/>. Default 100,000,000.
    /// </summary>
    public int MaxSeedBytes { get; init; } = 100_000_000;

    /// <summary>The share of pieces that a pruning of unigram training keeps, between 0 and 1. Default 0.75.</summary>
    public double ShrinkingFactor { get; init; } = 0.75;

    /// <summary>How often expectations are taken between prunings of unigram training, at least 1. Default 2.</summary>
    public int SubIterations { get; init; } = 2;

    /// <summary>The pieces that never match text: unknown, begin, end, padding, and the special tokens, in the order of their ids.</summary>
    internal List<string> MetaPieces()
    {
        _ = AllSpecials();
        if (Unknown is null) throw new ArgumentException("A SentencePiece model needs an unknown piece.");
        return [.. ((string?[])[Unknown, BeginOfSequence, EndOfSequence, Padding]).OfType<string>().Concat(SpecialTokens).Distinct(StringComparer.Ordinal)];
    }
}
