namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>A blank between tokens: what stands for a decoder where a tokenizer has none.</summary>
internal sealed class BlankDecoder : Decoder
{
    public override TextSink Into(TextSink next) => new MappedTokens(next, static (token, isFirst) => isFirst ? token : " " + token);
}
