namespace Tessera.Generation;

/// <summary>One way in which a text's bytes can have been cut: tokens of which the last one holds the text's last byte.</summary>
/// <param name="Tokens">The tokens behind <see cref="ByteSequence.Context"/>.</param>
/// <param name="LogProbability">ln of their probability behind it.</param>
/// <param name="Overshoot">The bytes of the last token that reach beyond the text; empty where it ends with the text.</param>
public sealed record ByteCover(IReadOnlyList<int> Tokens, double LogProbability, ReadOnlyMemory<byte> Overshoot);
