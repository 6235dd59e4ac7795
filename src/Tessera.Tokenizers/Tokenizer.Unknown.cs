namespace Tessera.Tokenizers;

/// <content>Text that the vocabulary does not cover.</content>
public sealed partial class Tokenizer
{
    /// <summary>Whether an id is the token for text that the vocabulary does not cover.</summary>
    internal bool IsUnknown(int id) => id >= 0 && id == UnknownId;
}
