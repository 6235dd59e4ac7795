namespace Tessera.Tokenizers.Bpe;

/// <summary>Two tokens that may be joined.</summary>
/// <param name="Left">The first token.</param>
/// <param name="Right">The second.</param>
/// <param name="Rank">The lower, the earlier.</param>
/// <param name="Result">What they become.</param>
internal readonly record struct Merge(int Left, int Right, int Rank, int Result);
