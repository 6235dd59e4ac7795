namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>A fixed text.</summary>
internal sealed class LiteralPattern(byte[] literal) : TextPattern
{
    private const int FewBytes = 64;

    /// <summary>The literal.</summary>
    public ReadOnlySpan<byte> Literal => literal;

    public override bool Find(ReadOnlySpan<byte> text, int from, ref long fuel, out int start, out int end)
    {
        var rest = text[from..];
        var at = rest.Length > FewBytes ? rest.IndexOf(literal) : First(rest);
        start = from + at;
        end = start + literal.Length;
        return at >= 0;
    }

    /// <summary>Where the literal first stands in a short text, or −1. Vectors would be no faster there, and a process takes a millisecond to load their types.</summary>
    private int First(ReadOnlySpan<byte> text)
    {
        if (literal.Length == 0) return 0;
        for (var at = 0; at <= text.Length - literal.Length; at++)
        {
            if (text[at] == literal[0] && text.Slice(at, literal.Length).SequenceEqual(literal)) return at;
        }

        return -1;
    }
}
