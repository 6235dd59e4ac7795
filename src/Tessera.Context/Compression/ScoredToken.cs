namespace Tessera.Context.Compression;

/// <summary>A token of the encoder with its probability of being worth keeping.</summary>
/// <param name="Id">The id; −1 for a forced text that the encoder has no token for.</param>
/// <param name="Text">The token as the encoder's vocabulary writes it.</param>
/// <param name="KeepProbability">From 0 to 1.</param>
public readonly record struct ScoredToken(int Id, string Text, float KeepProbability);
