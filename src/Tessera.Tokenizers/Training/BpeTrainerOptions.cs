namespace Tessera.Tokenizers.Training;

/// <summary>What a BPE is trained to.</summary>
public sealed record BpeTrainerOptions : TokenizerTrainerOptions
{
    /// <summary>How text is cut into words. Default bytes by GPT-2's pattern.</summary>
    public TrainingPipeline Pipeline { get; init; } = TrainingPipeline.ByteLevel(SplitPattern.Gpt2);

    /// <summary>How often a pair has to occur to be merged. Default 0, which means once.</summary>
    public long MinFrequency { get; init; }

    /// <summary>The most characters (bytes, with a byte-level pipeline) of a merged token, exclusive; null (default) for no bound.</summary>
    public int? MaxTokenLength { get; init; }

    /// <summary>Whether <see cref="MaxTokenLength"/> counts characters with a byte-level pipeline, too, and binds all tokens.</summary>
    internal bool CountsCharacters { get; init; }

    /// <summary>The most characters that become tokens, the rarest dropped, and dropped from the words too; null (default) for no bound.</summary>
    public int? LimitAlphabet { get; init; }

    /// <summary>Characters that are tokens whether they occur or not: the first of each string. Null (default) for all bytes with a byte-level pipeline, none with others.</summary>
    public IReadOnlyList<string>? InitialAlphabet { get; init; }

    /// <summary>Put before every character of a word but the first, such as <c>##</c>; empty (default) for nothing.</summary>
    public string ContinuingPrefix { get; init; } = "";

    /// <summary>Put behind the last character of a word, such as <c>&lt;/w&gt;</c>; empty (default) for nothing.</summary>
    public string EndSuffix { get; init; } = "";
}
