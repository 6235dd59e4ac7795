using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.Normalizers;

/// <summary>NFC, NFD, NFKC or NFKD.</summary>
internal sealed class UnicodeNormalizer(bool compatibility, bool compose) : Normalizer
{
    public override bool Apply(TextBuffer from, TextBuffer to)
    {
        if (System.Text.Ascii.IsValid(from.Span)) return false;
        var changes = new List<(int Scalar, int Change)>(from.Length);
        NormalizationForm.Decompose(from.Span, compatibility, changes);
        if (compose) NormalizationForm.Compose(changes);
        to.Transform(from, changes);
        return true;
    }
}
