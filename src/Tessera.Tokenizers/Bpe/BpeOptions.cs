namespace Tessera.Tokenizers.Bpe;

/// <summary>The switches of a BPE model, as tokenizer.json names them.</summary>
internal sealed record BpeOptions
{
    /// <summary>Probability that a merge is skipped; 0 for none.</summary>
    public double Dropout { get; init; }

    /// <summary>The token for what is not in the vocabulary, or null: then it is dropped.</summary>
    public string? UnknownToken { get; init; }

    /// <summary>Put before every symbol of a piece but the first; empty for none.</summary>
    public byte[] ContinuingPrefix { get; init; } = [];

    /// <summary>Put behind the last symbol of a piece; empty for none.</summary>
    public byte[] EndSuffix { get; init; } = [];

    /// <summary>Whether neighbouring unknowns become one token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Whether an unknown character becomes its bytes' tokens, &lt;0xNN&gt;.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether a piece that is a token is that token, whatever the merges say.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>Whether symbols are bytes, the vocabulary being written in the byte alphabet.</summary>
    public bool OnBytes { get; init; }
}
