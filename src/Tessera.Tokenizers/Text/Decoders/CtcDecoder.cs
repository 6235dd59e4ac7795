namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>Connectionist temporal classification: repeats joined, padding dropped, delimiters to blanks.</summary>
internal sealed class CtcDecoder(string padding, string delimiter, bool cleanup) : Decoder
{
    public override List<string> Apply(List<string> tokens)
    {
        var result = new List<string>(tokens.Count);
        string? last = null;
        foreach (var token in tokens)
        {
            if (token == last) continue;
            last = token;
            var text = padding.Length == 0 ? token : token.Replace(padding, "", StringComparison.Ordinal);
            if (cleanup)
            {
                text = WordPieceDecoder.Clean(text);
                if (delimiter.Length > 0) text = text.Replace(delimiter, " ", StringComparison.Ordinal);
            }

            if (text.Length > 0) result.Add(text);
        }

        return result;
    }
}
