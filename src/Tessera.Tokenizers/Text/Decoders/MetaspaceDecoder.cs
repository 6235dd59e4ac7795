using System.Text;
using Tessera.Tokenizers.Text.PreTokenizers;

namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>Markers back to blanks; those of the first token are dropped unless none were put in.</summary>
internal sealed class MetaspaceDecoder(string marker, PrependScheme scheme) : Decoder
{
    public override TextSink Into(TextSink next) =>
        new MappedTokens(next, (token, isFirst) => token.Replace(marker, isFirst && scheme != PrependScheme.Never ? "" : " ", StringComparison.Ordinal));

    public override byte[] BytesOf(byte[] token) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(token).Replace(marker, " ", StringComparison.Ordinal));
}
