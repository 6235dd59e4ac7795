namespace Tessera.Context.Compression;

/// <summary>How much of a prompt stays, and what stays in any case. The defaults are the published package's.</summary>
public sealed record LlmLingua2Options
{
    // The package's bound on forced texts, and the tokens that it reserves for them.
    internal const int MostForced = 100;

    /// <summary>The share of tokens to keep, above 0 and at most 1. Default 0.5.</summary>
    public double Rate { get; init; } = 0.5;

    /// <summary>About how many tokens to keep, at least 1; rules over <see cref="Rate"/>. Default none.</summary>
    public int? TargetTokens { get; init; }

    /// <summary>Texts that are kept wherever they stand: line ends, question marks, a name. At most 100. Default none.</summary>
    public IReadOnlyList<string> ForceTokens { get; init; } = [];

    /// <summary>Whether words with a digit are kept. Default false.</summary>
    public bool KeepDigits { get; init; }

    /// <summary>Whether a forced text that repeats with nothing kept between is dropped. Default false.</summary>
    public bool DropConsecutive { get; init; }

    /// <summary>Tokens that a chunk preferably ends with. Default the full stop and the line end.</summary>
    public IReadOnlyList<string> ChunkEndTokens { get; init; } = [".", "\n"];

    /// <summary>How a word gets its probability. Default the mean of its tokens'.</summary>
    public WordProbability WordProbability { get; init; }

    /// <summary>Whether words are dropped at all; without it only contexts are. Default true.</summary>
    public bool FilterWords { get; init; } = true;

    /// <summary>Whether whole contexts are dropped first, where there are several. Default false.</summary>
    public bool FilterContexts { get; init; }

    /// <summary>About how many contexts to keep. Default none.</summary>
    public int? TargetContexts { get; init; }

    /// <summary>
    /// The share of contexts to keep, above 0 and at most 1. Default 1, which means half-way between <see cref="Rate"/> and 1 (or
    /// <see cref="Rate"/> itself where words are not dropped).
    /// </summary>
    public double ContextRate { get; init; } = 1;

    /// <summary>About how many tokens the kept contexts have together. Default none; twice <see cref="TargetTokens"/> where that is given.</summary>
    public int? ContextTargetTokens { get; init; }

    /// <summary>Indices of contexts that are kept in any case. Default none.</summary>
    public IReadOnlyList<int> ForceContexts { get; init; } = [];

    /// <summary>Tokens of a chunk, the two around it included; at least 3, and no more than the encoder takes. Default the paper's 512.</summary>
    public int MaxSequence { get; init; } = 512;

    /// <summary>Chunks that run through the encoder together; does not change the result. Default 4.</summary>
    public int ChunksPerPass { get; init; } = 4;

    /// <summary>
    /// Whether to give what the published package gives, to the letter: chunks are put into text and tokenised anew, a chunk without a good
    /// end is a token too long, unknown words vanish, and the text is spelt by the encoder's tokens. Default false: words are kept as they
    /// stand in the text.
    /// </summary>
    public bool Official { get; init; }

    internal void Check()
    {
        Share(Rate, nameof(Rate));
        Share(ContextRate, nameof(ContextRate));
        AtLeastOne(TargetTokens, nameof(TargetTokens));
        AtLeastOne(TargetContexts, nameof(TargetContexts));
        AtLeastOne(ContextTargetTokens, nameof(ContextTargetTokens));
        AtLeastOne(ChunksPerPass, nameof(ChunksPerPass));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSequence, 3);
        if (!Enum.IsDefined(WordProbability)) throw new ArgumentOutOfRangeException(nameof(WordProbability), WordProbability, "There is no such choice.");
        ArgumentNullException.ThrowIfNull(ForceTokens);
        ArgumentNullException.ThrowIfNull(ChunkEndTokens);
        ArgumentNullException.ThrowIfNull(ForceContexts);
        if (ForceTokens.Count > MostForced) throw new ArgumentException($"{ForceTokens.Count} texts are forced; at most {MostForced} can be.", nameof(ForceTokens));
        if (ForceTokens.Any(string.IsNullOrEmpty)) throw new ArgumentException("An empty text can't be kept wherever it stands.", nameof(ForceTokens));
    }

    private static void Share(double value, string name)
    {
        if (!(value > 0 && value <= 1)) throw new ArgumentOutOfRangeException(name, value, $"{name} is a share above 0 and at most 1.");
    }

    private static void AtLeastOne(int? value, string name)
    {
        if (value < 1) throw new ArgumentOutOfRangeException(name, value, $"{name} is at least 1.");
    }
}
