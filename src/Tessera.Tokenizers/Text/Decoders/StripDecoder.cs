using System.Text;

namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>Takes up to a number of a character from the start and the end of every string. Where both cuts meet nothing is left.</summary>
internal sealed class StripDecoder(Rune content, int start, int stop) : Decoder
{
    public override List<string> Apply(List<string> tokens)
    {
        var mark = content.ToString();
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i].AsSpan();
            var (from, to) = (0, token.Length);
            for (var n = 0; n < start && token[from..].StartsWith(mark); n++) from += mark.Length;
            for (var n = 0; n < stop && token[..to].EndsWith(mark); n++) to -= mark.Length;
            tokens[i] = from >= to ? "" : token[from..to].ToString();
        }

        return tokens;
    }
}
