using System.Globalization;
using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.Normalizers;

/// <summary>BERT's clean-up: controls out and blanks alike, blanks around Chinese characters, accents off, lower case.</summary>
internal sealed partial class BertNormalizer(bool cleanText, bool handleChineseCharacters, bool? stripAccents, bool lowercase) : Normalizer
{
    private const uint Controls = 1u << (int)UnicodeCategory.Control | 1u << (int)UnicodeCategory.PrivateUse;

    private readonly bool _stripAccents = stripAccents ?? lowercase;

    /// <summary>What <see cref="Apply(TextBuffer, TextBuffer)"/> gives, step by step over the whole text.</summary>
    internal void ApplySteps(TextBuffer from, TextBuffer to)
    {
        to.Clear(from.HasRanges);
        AppendSteps(from, 0, from.Length, to);
    }

    /// <summary>Appends what becomes of a stretch that nothing outside of it has a part in.</summary>
    private void AppendSteps(TextBuffer from, int start, int end, TextBuffer to)
    {
        // Clean-up and blanks work scalar by scalar; so do the others once the text is decomposed.
        if (!_stripAccents || Utf8Text.IsAscii(from.Span[start..end]))
        {
            Rewrite(from, start, end, to, stripAndLower: true);
            return;
        }

        var (cleaned, decomposed) = (new TextBuffer { MostBytes = to.MostBytes }, new TextBuffer { MostBytes = to.MostBytes });
        cleaned.Clear(from.HasRanges);
        Rewrite(from, start, end, cleaned, stripAndLower: false);
        var changes = new List<(int Scalar, int Change)>(cleaned.Length);
        NormalizationForm.Decompose(cleaned.Span, compatibility: false, changes);
        decomposed.Transform(cleaned, changes);
        Strip(decomposed, to);
    }

    private void Rewrite(TextBuffer from, int first, int behind, TextBuffer to, bool stripAndLower)
    {
        var text = from.Span[..behind];
        for (var i = first; i < text.Length;)
        {
            var scalar = Utf8Text.Decode(text, i, out var length);
            var at = i;
            i += length;
            if (cleanText)
            {
                if (IsDropped(scalar)) continue;
                if (CharacterClass.Is(scalar, CharacterClass.Space)) scalar = ' ';
            }

            var (start, end) = (from.SourceStart(at), from.SourceEnd(at + length - 1));
            if (handleChineseCharacters && IsChinese(scalar))
            {
                to.Append(' ', start, end);
                to.AppendFor(from, at, scalar);
                to.Append(' ', start, end);
            }
            else if (stripAndLower && lowercase)
            {
                to.AppendFor(from, at, LowercaseNormalizer.Lower(scalar));
                if (scalar == 0x130) to.Append(0x307, start, end);
            }
            else
            {
                to.AppendFor(from, at, scalar);
            }
        }
    }

    private void Strip(TextBuffer from, TextBuffer to)
    {
        var text = from.Span;
        for (var i = 0; i < text.Length;)
        {
            var scalar = Utf8Text.Decode(text, i, out var length);
            var (at, start, end) = (i, from.SourceStart(i), from.SourceEnd(i + length - 1));
            i += length;
            if (UnicodeTables.IsNonSpacingMark8(scalar)) continue;
            to.AppendFor(from, at, lowercase ? LowercaseNormalizer.Lower(scalar) : scalar);
            if (lowercase && scalar == 0x130) to.Append(0x307, start, end);
        }
    }

    private static bool IsDropped(int scalar)
    {
        if (scalar is 0 or 0xFFFD) return true;
        if (scalar is '\t' or '\n' or '\r') return false;
        // U+0085 is a control and white space; controls go first. 0B and 0C likewise.
        return scalar is >= 0x0B and <= 0x0C or 0x85 or >= 0x1C and <= 0x1F || CharacterClass.Is(scalar, Controls) || scalar >= 0x80 && UnicodeTables.IsFormat8(scalar);
    }

    private static bool IsChinese(int scalar) => scalar is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF
        or >= 0x2A700 and <= 0x2B73F or >= 0x2B740 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F;
}
