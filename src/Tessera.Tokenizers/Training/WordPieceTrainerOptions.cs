namespace Tessera.Tokenizers.Training;

/// <summary>What a WordPiece vocabulary is trained to; the defaults are BERT's.</summary>
public sealed record WordPieceTrainerOptions : TokenizerTrainerOptions
{
    /// <summary>Creates options whose special tokens are BERT's: [PAD], [UNK], [CLS], [SEP], [MASK], and whose unknown token is [UNK].</summary>
    public WordPieceTrainerOptions()
    {
        SpecialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
        (Unknown, Padding) = ("[UNK]", "[PAD]");
    }

    /// <summary>How text is cut into words. Default BERT's, uncased.</summary>
    public TrainingPipeline Pipeline { get; init; } = TrainingPipeline.Bert();

    /// <summary>How often a pair has to occur to be merged. Default 0, which means once.</summary>
    public long MinFrequency { get; init; }

    /// <summary>The most characters that become tokens, the rarest dropped, and dropped from the words too; null (default) for no bound.</summary>
    public int? LimitAlphabet { get; init; }

    /// <summary>Characters that are tokens whether they occur or not: the first of each string.</summary>
    public IReadOnlyList<string> InitialAlphabet { get; init; } = [];

    /// <summary>Put before every token inside a word. Default <c>##</c>.</summary>
    public string ContinuingPrefix { get; init; } = "##";
}
