namespace Tessera.Tokenizers.Training;

/// <summary>What a trainer is doing.</summary>
public enum TokenizerTrainingStage
{
    /// <summary>Reads texts and counts their words.</summary>
    Counting,

    /// <summary>Looks for substrings to begin with (Unigram).</summary>
    Seeding,

    /// <summary>Finds tokens: merges pairs, or estimates and prunes pieces.</summary>
    Learning,

    /// <summary>Done.</summary>
    Finished,
}
