namespace Tessera.Context.Compression;

/// <summary>A token and where it stands in its context.</summary>
/// <param name="Id">The id; −1 for a forced text that the encoder has no token for.</param>
/// <param name="Text">The token as the vocabulary writes it.</param>
/// <param name="Start">Where it starts, in UTF-16 units.</param>
/// <param name="End">One past its last.</param>
/// <param name="BeginsWord">Whether a word begins with it.</param>
/// <param name="Forced">The index of the forced text that it is part of, or −1.</param>
/// <param name="Occurrence">Where that text starts in the context, or −1.</param>
internal readonly record struct SourceToken(int Id, string Text, int Start, int End, bool BeginsWord, int Forced = -1, int Occurrence = -1);
