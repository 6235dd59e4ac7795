namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>A fixed text.</summary>
internal sealed class LiteralPattern(byte[] literal) : TextPattern
{
    /// <summary>The literal.</summary>
    public ReadOnlySpan<byte> Literal => literal;

    public override bool Find(ReadOnlySpan<byte> text, int from, ref long fuel, out int start, out int end)
    {
        var at = text[from..].IndexOf(literal);
        start = from + at;
        end = start + literal.Length;
        return at >= 0;
    }
}
