namespace Tessera.Tokenizers;

/// <summary>A token and where it stands.</summary>
/// <param name="Id">The id.</param>
/// <param name="Value">The token as the vocabulary writes it (a byte-level token in the byte alphabet); an added token as it stood in the text.</param>
/// <param name="Offset">Where it stands in the text, in UTF-16 units unless another unit was asked for; tokens of one character share its range. Empty at 0 for specials that were put in.</param>
public readonly record struct EncodedToken(int Id, string Value, Range Offset);
