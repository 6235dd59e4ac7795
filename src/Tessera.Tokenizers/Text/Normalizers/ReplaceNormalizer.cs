using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Tokenizers.Text.Normalizers;

/// <summary>Replaces every match of a pattern by a fixed text, which stands for the source of the match's last scalar.</summary>
internal sealed class ReplaceNormalizer(TextPattern pattern, byte[] content) : Normalizer
{
    /// <summary>What stands in place of a text that is looked for; empty where that is another text or a pattern.</summary>
    public ReadOnlySpan<byte> ContentFor(ReadOnlySpan<byte> literal) => pattern is LiteralPattern only && only.Literal.SequenceEqual(literal) ? content : default;

    public override bool Apply(TextBuffer from, TextBuffer to)
    {
        var text = from.Span;
        var (copied, found) = (0, false);
        var search = pattern.Search(text.Length);
        while (search.Next(text, out var start, out var end))
        {
            if (!found) to.Clear(from.HasRanges);
            found = true;
            to.AppendFrom(from, copied, start - copied);
            var (sourceStart, sourceEnd) = end == 0 ? (0, 0) : (from.SourceStart(end - 1), from.SourceEnd(end - 1));
            to.Append(content, sourceStart, sourceEnd);
            copied = end;
        }

        if (!found) return false;
        to.AppendFrom(from, copied, text.Length - copied);
        return true;
    }
}
