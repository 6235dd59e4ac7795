namespace Tessera.Tokenizers.Measures.Lexical;

/// <summary>Different tokens of a length.</summary>
/// <param name="Characters">The length in characters; the last one stands for all that are longer too.</param>
/// <param name="Types">How many there are.</param>
/// <param name="Words">How many of them are words.</param>
/// <param name="Pure">How many of them are roots or affixes.</param>
public readonly record struct LexicalLength(int Characters, int Types, int Words, int Pure);
