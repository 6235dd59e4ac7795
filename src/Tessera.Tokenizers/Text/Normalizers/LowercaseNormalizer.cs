using System.Text;

namespace Tessera.Tokenizers.Text.Normalizers;

/// <summary>Lowercases character by character: full mapping (U+0130 gives two scalars), no rule for the final sigma.</summary>
internal sealed class LowercaseNormalizer : Normalizer
{
    private static readonly AsciiMap s_ascii = new(cleans: false, lowers: true);

    public override bool Apply(TextBuffer from, TextBuffer to)
    {
        var text = from.Span;
        to.Clear(from.HasRanges);
        for (var i = 0; i < text.Length;)
        {
            if (text[i] < 0x80)
            {
                var mapped = s_ascii.Map(text[i..], to.Room(text.Length - i));
                to.Commit(from, i, mapped);
                i += mapped;
                continue;
            }

            var scalar = Utf8Text.Decode(text, i, out var length);
            to.AppendFor(from, i, Lower(scalar));
            // U+0130, capital I with dot, is the only scalar whose lower case is longer than one scalar.
            if (scalar == 0x130) to.Append(0x307, from.SourceStart(i + length - 1), from.SourceEnd(i + length - 1));
            i += length;
        }

        return true;
    }

    /// <summary>The lower case of a scalar; of U+0130 the first of its two.</summary>
    public static int Lower(int scalar)
    {
        if (scalar < 0x80) return scalar is >= 'A' and <= 'Z' ? scalar + 32 : scalar;
        return scalar switch
        {
            0x130 => 'i',
            // Cased letters of Unicode 17, which .NET 10 does not know yet.
            0xA7CE or 0xA7D2 or 0xA7D4 => scalar + 1,
            >= 0x16EA0 and <= 0x16EB8 => scalar + 0x1B,
            _ => Rune.ToLowerInvariant(new Rune(scalar)).Value,
        };
    }
}
