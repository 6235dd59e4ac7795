using System.Globalization;
using System.Text;

namespace Tessera.Tokenizers.Text.Decoders;

/// <summary>Runs of &lt;0xNN&gt; tokens to text; a run that is not UTF-8 becomes one U+FFFD for each of its bytes.</summary>
internal sealed class ByteFallbackDecoder : Decoder
{
    public override List<string> Apply(List<string> tokens)
    {
        var result = new List<string>(tokens.Count);
        var run = new List<byte>();
        foreach (var token in tokens)
        {
            if (TryByte(token, out var value))
            {
                run.Add(value);
                continue;
            }

            Flush(run, result);
            result.Add(token);
        }

        Flush(run, result);
        return result;
    }

    public override byte[] BytesOf(byte[] token) => token.Length == 6 && TryByte(Encoding.UTF8.GetString(token), out var value) ? [value] : token;

    /// <summary>The byte of a token like &lt;0x0A&gt;.</summary>
    public static bool TryByte(string token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private static void Flush(List<byte> run, List<string> result)
    {
        if (run.Count == 0) return;
        var bytes = run.ToArray();
        if (System.Text.Unicode.Utf8.IsValid(bytes)) result.Add(Encoding.UTF8.GetString(bytes));
        else result.AddRange(Enumerable.Repeat("\uFFFD", bytes.Length));
        run.Clear();
    }
}
