using System.Text;

namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>Byte-level tokens back to bytes, and all bytes together to text; a token with a character outside the byte alphabet stands for itself.</summary>
internal sealed class ByteLevelDecoder : Decoder
{
    public override List<string> Apply(List<string> tokens)
    {
        using var bytes = new MemoryStream();
        foreach (var token in tokens) bytes.Write(BytesOf(Encoding.UTF8.GetBytes(token)));
        return [Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length)];
    }

    public override byte[] BytesOf(byte[] token) => ByteAlphabet.Decode(token) ?? token;
}
