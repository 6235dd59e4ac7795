namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>Connectionist temporal classification: repeats joined, padding dropped, delimiters to blanks.</summary>
internal sealed class CtcDecoder(string padding, string delimiter, bool cleanup) : Decoder
{
    public override TextSink Into(TextSink next)
    {
        string? last = null;
        return new MappedTokens(next, (token, _) =>
        {
            if (token == last) return null;
            last = token;
            return TextOf(token) is { Length: > 0 } text ? text : null;
        });
    }

    private string TextOf(string token)
    {
        var text = padding.Length == 0 ? token : token.Replace(padding, "", StringComparison.Ordinal);
        if (!cleanup) return text;
        text = WordPieceDecoder.Clean(text);
        return delimiter.Length == 0 ? text : text.Replace(delimiter, " ", StringComparison.Ordinal);
    }
}
