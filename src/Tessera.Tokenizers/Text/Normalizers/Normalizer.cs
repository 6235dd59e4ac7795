namespace Tessera.Tokenizers.Text.Normalizers;

/// <summary>A step that rewrites text before it is cut. Keeps source ranges in step; knows nothing about pieces and tokens. Stateless.</summary>
internal abstract class Normalizer
{
    /// <summary>Writes the rewritten text into <paramref name="to"/>, or returns false where nothing changes (then <paramref name="to"/> is of no use).</summary>
    public abstract bool Apply(TextBuffer from, TextBuffer to);

    /// <summary>Rewrites a text that stands alone, such as the content of an added token.</summary>
    public byte[] Apply(ReadOnlySpan<byte> text)
    {
        var (from, to) = (new TextBuffer(), new TextBuffer());
        from.View(text.ToArray(), 0, text.Length, tracked: false);
        return (Apply(from, to) ? to : from).Span.ToArray();
    }
}
