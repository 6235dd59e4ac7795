using System.Text;
using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>Replaces every match of a pattern in every string by a fixed text.</summary>
internal sealed class ReplaceDecoder(TextPattern pattern, byte[] content) : Decoder
{
    public override TextSink Into(TextSink next) => new MappedTokens(next, (token, _) => Encoding.UTF8.GetString(Replace(Encoding.UTF8.GetBytes(token))));

    public override byte[] BytesOf(byte[] token) => System.Text.Unicode.Utf8.IsValid(token) ? Replace(token) : token;

    private byte[] Replace(byte[] text)
    {
        using var result = new MemoryStream();
        var search = pattern.Search(text.Length);
        var copied = 0;
        while (search.Next(text, out var start, out var end))
        {
            result.Write(text.AsSpan(copied, start - copied));
            result.Write(content);
            copied = end;
        }

        if (copied == 0 && result.Length == 0) return text;
        result.Write(text.AsSpan(copied));
        return result.ToArray();
    }
}
