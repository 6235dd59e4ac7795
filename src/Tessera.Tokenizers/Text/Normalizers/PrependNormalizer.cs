namespace Tessera.Tokenizers.Text.Normalizers;

/// <summary>Puts a text in front, unless there is nothing to put it in front of.</summary>
internal sealed class PrependNormalizer(byte[] prefix) : Normalizer
{
    /// <summary>The text.</summary>
    public ReadOnlySpan<byte> Prefix => prefix;

    public override bool Apply(TextBuffer from, TextBuffer to)
    {
        if (from.Length == 0) return false;
        to.Clear(from.HasRanges);
        to.Append(prefix, from.SourceStart(0), from.SourceEnd(0));
        to.AppendFrom(from, 0, from.Length);
        return true;
    }
}
