namespace Tessera.Tokenizers.Text;

/// <summary>
/// Turns byte positions of a source text into the caller's unit: a start goes down to the character that it lies in, an end up to the
/// end of the character, so that several tokens of one character carry the same offsets. Remembers how far it has counted, so that ranges
/// from left to right cost one pass over the text and no memory.
/// </summary>
internal ref struct OffsetMap
{
    private readonly ReadOnlySpan<byte> _text;
    private readonly OffsetUnit _unit;
    private readonly bool _bytesAreUnits;
    private int _counted; // bytes, up to a bound between characters
    private int _units;

    private OffsetMap(ReadOnlySpan<byte> text, OffsetUnit unit)
    {
        _text = text;
        _unit = unit;
        _bytesAreUnits = System.Text.Ascii.IsValid(text);
    }

    /// <summary>The map of a text.</summary>
    public static OffsetMap Of(ReadOnlySpan<byte> text, OffsetUnit unit) => new(text, unit);

    /// <summary>The offsets of a range of bytes.</summary>
    public (int Start, int End) Convert(int start, int end)
    {
        start = Math.Clamp(start, 0, _text.Length);
        end = Math.Clamp(end, start, _text.Length);
        if (_bytesAreUnits) return (start, end);
        var isEmpty = end == start;
        while (start > 0 && start < _text.Length && IsInside(_text[start])) start--;
        while (end < _text.Length && IsInside(_text[end])) end++;
        var from = UnitsBefore(start);
        return (from, isEmpty ? from : UnitsBefore(end));
    }

    private static bool IsInside(byte b) => (b & 0xC0) == 0x80;

    private int UnitsBefore(int position)
    {
        if (_unit == OffsetUnit.Utf8) return position;
        _units += position >= _counted ? Units(_text[_counted..position]) : -Units(_text[position.._counted]);
        _counted = position;
        return _units;
    }

    private readonly int Units(ReadOnlySpan<byte> characters)
    {
        var (units, pairs) = (0, _unit == OffsetUnit.Scalar ? 0 : 1);
        foreach (var b in characters) units += IsInside(b) ? 0 : b >= 0xF0 ? 1 + pairs : 1;
        return units;
    }
}
