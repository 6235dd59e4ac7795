namespace Tessera.Tokenizers.Training;

/// <summary>What a vocabulary of whole words is trained to.</summary>
public sealed record WordLevelTrainerOptions : TokenizerTrainerOptions
{
    /// <summary>Creates options whose unknown token is &lt;unk&gt;.</summary>
    public WordLevelTrainerOptions() => Unknown = "<unk>";

    /// <summary>How text is cut into words. Default words and runs of symbols.</summary>
    public TrainingPipeline Pipeline { get; init; } = TrainingPipeline.Whitespace;

    /// <summary>How often a word has to occur. Default 0, which means once.</summary>
    public long MinFrequency { get; init; }
}
