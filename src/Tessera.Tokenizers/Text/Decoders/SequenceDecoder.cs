namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>Decoders one after the other.</summary>
internal sealed class SequenceDecoder(IReadOnlyList<Decoder> parts) : Decoder
{
    /// <summary>The steps.</summary>
    public IReadOnlyList<Decoder> Parts { get; } = parts;

    public override List<string> Apply(List<string> tokens)
    {
        foreach (var part in Parts) tokens = part.Apply(tokens);
        return tokens;
    }

    public override byte[] BytesOf(byte[] token)
    {
        foreach (var part in Parts) token = part.BytesOf(token);
        return token;
    }
}
