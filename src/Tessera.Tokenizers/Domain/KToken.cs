namespace Tessera.Tokenizers.Domain;

/// <summary>A token of K-Tokeniser.</summary>
/// <param name="Id">Its id: one of the base, or one above.</param>
/// <param name="Text">The token: as the base writes it, or with ## where it goes on within a word.</param>
/// <param name="Offset">Where it stands in the text, in UTF-16 units.</param>
/// <param name="Type">The type whose tokens were chosen for its word; null where the base's were.</param>
public readonly record struct KToken(int Id, string Text, Range Offset, string? Type);
