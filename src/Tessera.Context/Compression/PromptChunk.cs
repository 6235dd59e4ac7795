namespace Tessera.Context.Compression;

/// <summary>A stretch of a context that the encoder reads at once.</summary>
/// <param name="Ids">Its ids with the two around it; −1 for forced texts that the encoder has no token for.</param>
/// <param name="Text">The stretch as text with placeholders; empty where words are kept as they stand in the context.</param>
/// <param name="Tokens">The tokens with their places; empty where words are spelt by tokens.</param>
/// <param name="From">Where the context's part before this chunk ends.</param>
internal sealed record PromptChunk(int[] Ids, string Text, IReadOnlyList<SourceToken> Tokens, int From = 0)
{
    /// <summary>The probability of each id to be worth keeping; null until the encoder has read the chunk.</summary>
    public float[]? Probabilities { get; set; }
}
