using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.Normalizers;

/// <summary>NFC, NFD, NFKC or NFKD.</summary>
internal sealed class UnicodeNormalizer(bool compatibility, bool compose) : Normalizer
{
    [ThreadStatic]
    private static List<(int Scalar, int Change)>? t_changes;

    public override bool Apply(TextBuffer from, TextBuffer to)
    {
        if (Utf8Text.IsAscii(from.Span)) return false;
        var changes = t_changes ??= [];
        if (compose && !compatibility) return Compose(from, to, changes);
        changes.Clear();
        NormalizationForm.Decompose(from.Span, compatibility, changes);
        if (compose) NormalizationForm.Compose(changes);
        to.Transform(from, changes);
        return true;
    }

    /// <summary>NFC, of those stretches alone that may change: almost all text is in it already.</summary>
    private static bool Compose(TextBuffer from, TextBuffer to, List<(int Scalar, int Change)> changes)
    {
        var text = from.Span;
        var done = 0;
        while (CompositionCheck.Next(text, done, out var start, out var end))
        {
            if (done == 0) to.Clear(from.HasRanges);
            to.AppendFrom(from, done, start - done);
            changes.Clear();
            NormalizationForm.Decompose(text[start..end], compatibility: false, changes);
            NormalizationForm.Compose(changes);
            to.AppendTransformed(from, start, changes);
            done = end;
        }

        if (done == 0) return false;
        to.AppendFrom(from, done, text.Length - done);
        return true;
    }
}
