namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>Joins all strings to one.</summary>
internal sealed class FuseDecoder : Decoder
{
    public override List<string> Apply(List<string> tokens) => [string.Concat(tokens)];
}
