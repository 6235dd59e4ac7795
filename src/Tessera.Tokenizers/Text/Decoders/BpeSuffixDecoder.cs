using System.Text;

namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>End-of-word suffixes to blanks; to nothing in the last token.</summary>
internal sealed class BpeSuffixDecoder(string suffix) : Decoder
{
    public override List<string> Apply(List<string> tokens)
    {
        if (suffix.Length == 0) return tokens;
        for (var i = 0; i < tokens.Count; i++) tokens[i] = tokens[i].Replace(suffix, i == tokens.Count - 1 ? "" : " ", StringComparison.Ordinal);
        return tokens;
    }

    public override byte[] BytesOf(byte[] token) =>
        suffix.Length == 0 ? token : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(token).Replace(suffix, " ", StringComparison.Ordinal));
}
