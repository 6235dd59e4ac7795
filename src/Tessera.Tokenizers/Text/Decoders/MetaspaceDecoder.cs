using System.Text;
using Tessera.Tokenizers.Text.PreTokenizers;

namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>Markers back to blanks; those of the first token are dropped unless none were put in.</summary>
internal sealed class MetaspaceDecoder(string marker, PrependScheme scheme) : Decoder
{
    public override List<string> Apply(List<string> tokens)
    {
        for (var i = 0; i < tokens.Count; i++)
            tokens[i] = tokens[i].Replace(marker, i == 0 && scheme != PrependScheme.Never ? "" : " ", StringComparison.Ordinal);
        return tokens;
    }

    public override byte[] BytesOf(byte[] token) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(token).Replace(marker, " ", StringComparison.Ordinal));
}
