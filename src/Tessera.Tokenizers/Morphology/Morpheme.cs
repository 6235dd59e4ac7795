namespace Tessera.Tokenizers.Morphology;

/// <summary>A morpheme where it stands in a text.</summary>
/// <param name="Start">Its first UTF-16 unit.</param>
/// <param name="Length">Its length in UTF-16 units.</param>
/// <param name="Tag">What it is; null where the analyser does not say.</param>
public readonly record struct Morpheme(int Start, int Length, string? Tag = null);
