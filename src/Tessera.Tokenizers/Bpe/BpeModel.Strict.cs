namespace Tessera.Tokenizers.Bpe;

/// <content>Characters that are no tokens, in a vocabulary without a token for unknown text: the original leaves them out.</content>
internal sealed partial class BpeModel
{
    // No text has it: pieces are looked up character by character, or whole.
    private const string Dropped = "\u0000<dropped>\u0000";

    /// <summary>Whether there is text that would be left out.</summary>
    public bool CanDrop => _options.UnknownToken is null && !HasPseudoSymbols && !(_options.OnBytes ? !_bytes.Contains(-1) : _fallback is not null && !_fallback.Contains(-1));

    /// <summary>The same model with a token for such text, each character by itself.</summary>
    /// <param name="id">The token's id, not below the vocabulary's size.</param>
    public BpeModel MarkingDrops(int id) => new(
        Vocabulary.Of([.. Vocabulary.Entries(), (System.Text.Encoding.UTF8.GetBytes(Dropped), id)]), [.. Merges], _options with { UnknownToken = Dropped, FuseUnknown = false }, _pseudo);
}
