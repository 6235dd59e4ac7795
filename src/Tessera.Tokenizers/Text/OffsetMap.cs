namespace Tessera.Tokenizers.Text;

/// <summary>
/// Turns byte positions of a source text into the caller's unit: a start goes down to the character that it lies in, an end up to the
/// end of the character, so that several tokens of one character carry the same offsets.
/// </summary>
internal readonly struct OffsetMap
{
    private readonly int[]? _units; // per byte: units before the character that the byte belongs to; null where bytes are units
    private readonly int _length;

    private OffsetMap(int[]? units, int length)
    {
        _units = units;
        _length = length;
    }

    /// <summary>The map of a text.</summary>
    public static OffsetMap Of(ReadOnlySpan<byte> text, OffsetUnit unit)
    {
        if (System.Text.Ascii.IsValid(text)) return new OffsetMap(null, text.Length);
        var units = new int[text.Length + 1];
        var total = 0;
        for (var i = 0; i < text.Length;)
        {
            var length = Utf8Text.LengthOf(text[i]);
            units.AsSpan(i, length).Fill(total);
            i += length;
            total += unit switch
            {
                OffsetUnit.Scalar => 1,
                OffsetUnit.Utf8 => length,
                _ => length == 4 ? 2 : 1,
            };
        }

        units[^1] = total;
        return new OffsetMap(units, text.Length);
    }

    /// <summary>The offsets of a range of bytes.</summary>
    public (int Start, int End) Convert(int start, int end)
    {
        start = Math.Clamp(start, 0, _length);
        end = Math.Clamp(end, start, _length);
        if (_units is null) return (start, end);
        var from = _units[start];
        if (end == start) return (from, from);
        var last = end; // the first byte of the next character
        while (last < _length && _units[last] == _units[end - 1]) last++;
        return (from, _units[last]);
    }
}
