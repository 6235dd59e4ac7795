namespace Tessera.Tokenizers.SentencePiece;

/// <summary>A piece of a text.</summary>
/// <param name="Id">The id.</param>
/// <param name="Piece">The piece as the vocabulary writes it; of unknown text that text, normalised.</param>
/// <param name="Surface">The part of the text that it stands for; empty for all but the last of an unknown character's bytes.</param>
/// <param name="Start">Where that starts, in UTF-8 bytes.</param>
/// <param name="End">One past its last byte.</param>
public readonly record struct SentencePieceToken(int Id, string Piece, string Surface, int Start, int End);
