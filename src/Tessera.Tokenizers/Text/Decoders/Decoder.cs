namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>A step on the way from tokens back to text: takes a list of strings, gives a list of strings; the last list is joined. Stateless.</summary>
internal abstract class Decoder
{
    /// <summary>One step.</summary>
    public abstract List<string> Apply(List<string> tokens);

    /// <summary>The bytes that a token stands for by itself, as far as this step is concerned.</summary>
    public virtual byte[] BytesOf(byte[] token) => token;
}
