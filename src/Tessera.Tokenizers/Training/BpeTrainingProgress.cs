namespace Tessera.Tokenizers.Training;

/// <summary>How far training is.</summary>
/// <param name="Texts">Texts read so far.</param>
/// <param name="Merges">Merges found so far.</param>
/// <param name="Tokens">Tokens so far; 0 while texts are read.</param>
/// <param name="Target">Tokens wanted.</param>
public readonly record struct BpeTrainingProgress(long Texts, int Merges, int Tokens, int Target);
