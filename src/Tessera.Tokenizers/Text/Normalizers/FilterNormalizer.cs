using Tessera.Tokenizers.Text.Unicode;

namespace Tessera.Tokenizers.Text.Normalizers;

/// <summary>
/// Replaces or drops scalars one by one: StripAccents and Nmt. A dropped scalar leaves no trace in the source ranges of its neighbours.
/// </summary>
internal sealed class FilterNormalizer : Normalizer
{
    private const int Drop = -1;

    private readonly Func<int, int> _map;

    private FilterNormalizer(Func<int, int> map) => _map = map;

    /// <summary>Drops marks (Mn, Mc, Me) without decomposing: a composed é stays.</summary>
    public static FilterNormalizer StripAccents { get; } = new(static c => UnicodeTables.IsMark(c) ? Drop : c);

    /// <summary>The clean-up of SentencePiece's nmt rules: drops some controls, maps odd blanks to blanks.</summary>
    public static FilterNormalizer Nmt { get; } = new(static c => c switch
    {
        >= 0x01 and <= 0x08 or 0x0B or >= 0x0E and <= 0x1F or 0x7F or 0x8F or 0x9F => Drop,
        0x09 or 0x0A or 0x0C or 0x0D or 0x1680 or >= 0x200B and <= 0x200F or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD => ' ',
        _ => c,
    });

    public override bool Apply(TextBuffer from, TextBuffer to)
    {
        var text = from.Span;
        to.Clear(from.HasRanges);
        for (var i = 0; i < text.Length;)
        {
            var scalar = Utf8Text.Decode(text, i, out var length);
            var mapped = _map(scalar);
            if (mapped != Drop) to.AppendFor(from, i, mapped);
            i += length;
        }

        return true;
    }
}
