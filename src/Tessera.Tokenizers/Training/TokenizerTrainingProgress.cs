namespace Tessera.Tokenizers.Training;

/// <summary>How far a training is.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Done">How much of it is done: bytes of text while texts are read, tokens or documents later.</param>
/// <param name="Total">How much there is to do, in the same unit; 0 where nobody knows (texts come from a stream).</param>
/// <param name="Texts">Texts read so far.</param>
/// <param name="Bytes">Bytes of text read so far.</param>
public readonly record struct TokenizerTrainingProgress(TokenizerTrainingStage Stage, long Done, long Total, long Texts, long Bytes);
