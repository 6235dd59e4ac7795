namespace Tessera.Context.Compression;

/// <summary>A prompt after compression, with what was decided and how.</summary>
public sealed record CompressedPrompt
{
    /// <summary>The compressed text: the contexts that stay, an empty line between them.</summary>
    public string Text => string.Join("\n\n", Contexts);

    /// <summary>The contexts that stay, compressed.</summary>
    public required IReadOnlyList<string> Contexts { get; init; }

    /// <summary>Whether each given context stays.</summary>
    public required IReadOnlyList<bool> ContextKept { get; init; }

    /// <summary>The score of each given context where contexts were filtered: the mean probability of its words. Empty otherwise.</summary>
    public required IReadOnlyList<double> ContextScores { get; init; }

    /// <summary>Every word of every context, in order.</summary>
    public required IReadOnlyList<LabelledWord> Words { get; init; }

    /// <summary>The thresholds, in the order in which they were taken: that of the contexts, then those of the chunks.</summary>
    public required IReadOnlyList<CompressionThreshold> Thresholds { get; init; }

    /// <summary>Tokens of the contexts as given, by the tokenizer that counts.</summary>
    public required int OriginalTokens { get; init; }

    /// <summary>Tokens of <see cref="Contexts"/>.</summary>
    public required int CompressedTokens { get; init; }

    /// <summary>How many times shorter it is: original tokens over compressed ones; 1 where nothing is left.</summary>
    public double Ratio => CompressedTokens == 0 ? 1 : (double)OriginalTokens / CompressedTokens;

    /// <summary>The share that is left: 1 over <see cref="Ratio"/>.</summary>
    public double Rate => 1 / Ratio;
}
