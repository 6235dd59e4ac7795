using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.Normalizers;

/// <summary>Removes white space from the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    public override bool Apply(TextBuffer from, TextBuffer to)
    {
        var text = from.Span;
        var start = left ? CharacterClass.Run(text, 0, CharacterClass.Space) : 0;
        var end = text.Length;
        while (right && end > start && CharacterClass.Is(Utf8Text.DecodeBefore(text, end, out var length), CharacterClass.Space)) end -= length;
        if (start == 0 && end == text.Length) return false;
        to.Clear(from.HasRanges);
        to.AppendFrom(from, start, end - start);
        return true;
    }
}
