namespace Tessera.Generation;

/// <summary>What writing down a conversation needs to know of a tokenizer.</summary>
public interface ITextEncoder
{
    /// <summary>Appends the tokens of a piece of text; no begin- or end-of-text token is added.</summary>
    /// <param name="text">The text.</param>
    /// <param name="parseControlTokens">
    /// Whether the spelling of a control token (<c>&lt;|im_end|&gt;</c>, say) becomes that token; otherwise it is text like any other.
    /// </param>
    /// <param name="ids">Receives the tokens.</param>
    void Encode(ReadOnlySpan<char> text, bool parseControlTokens, List<int> ids);
}
