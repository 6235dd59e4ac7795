namespace Tessera.Tokenizers.Text;

/// <summary>A piece of a text as the model sees it, or an added token in it.</summary>
/// <param name="Start">Where it starts, in bytes.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Added">The id of the added token; −1 for a piece.</param>
internal readonly record struct TextPiece(int Start, int End, int Added);
