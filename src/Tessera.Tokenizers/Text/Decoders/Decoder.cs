namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>
/// A step on the way from tokens back to text: takes the texts of tokens, gives others; the last ones are joined. There is one way for a list
/// and for a stream of tokens, so that both give the same text. Stateless; the state of a sequence is in its <see cref="DecodingStep"/>.
/// </summary>
internal abstract class Decoder
{
    /// <summary>Begins a sequence of tokens.</summary>
    /// <param name="next">Takes what becomes of them.</param>
    /// <returns>What takes the tokens.</returns>
    public abstract TextSink Into(TextSink next);

    /// <summary>The bytes that a token stands for by itself, as far as this step is concerned.</summary>
    public virtual byte[] BytesOf(byte[] token) => token;

    /// <summary>The text of tokens.</summary>
    public string Decode(IEnumerable<string> tokens)
    {
        var text = new WrittenText(isLive: false);
        var first = Into(text);
        foreach (var token in tokens) first.Write(token, ends: true);
        first.End();
        return text.Take();
    }
}
