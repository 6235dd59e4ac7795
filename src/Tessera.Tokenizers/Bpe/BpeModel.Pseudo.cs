namespace Tessera.Tokenizers.Bpe;

/// <content>Characters that are no tokens.</content>
internal sealed partial class BpeModel
{
    /// <summary>Symbols beyond the vocabulary, of characters that merges start from without there being a token for them, by scalar.</summary>
    public IReadOnlyDictionary<int, int> PseudoSymbols => _pseudo ?? new Dictionary<int, int>();
}
