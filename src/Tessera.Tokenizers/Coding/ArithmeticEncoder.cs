namespace Tessera.Tokenizers.Coding;

/// <summary>
/// A range coder (Martin, 1979; Moffat, Neal and Witten, "Arithmetic Coding Revisited", 1998) in 56-bit integers with carries: each symbol shrinks an
/// interval to its share, and what comes out is the shortest number inside. Integers only, so it gives the same bytes on every machine. Not thread-safe.
/// </summary>
public sealed class ArithmeticEncoder
{
    /// <summary>Most bits that the total of a symbol's frequencies may have.</summary>
    public const int MaxTotalBits = 32;

    /// <summary>Most bytes that ending a code adds.</summary>
    public const int MostEnd = Bits / 8;

    // The interval is [low, low + range) in 56-bit units. A range never falls below 2^48, so that a total of 2^32 still leaves 16 bits of precision.
    internal const int Bits = 56, ShiftBits = 48;
    internal const ulong Whole = 1UL << Bits, Smallest = 1UL << ShiftBits;

    private byte[] _bytes = new byte[256];
    private int _count;
    private ulong _low;
    private ulong _range = Whole;

    /// <summary>Bytes of the code so far; ending it adds at most <see cref="MostEnd"/>.</summary>
    public int Length => _count;

    /// <summary>Codes a symbol whose interval is [start, start + frequency) of 2^<paramref name="totalBits"/>.</summary>
    /// <param name="start">The sum of the frequencies before it.</param>
    /// <param name="frequency">Its own, at least 1.</param>
    /// <param name="totalBits">The binary logarithm of the sum of all frequencies, 1 to <see cref="MaxTotalBits"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The interval is empty or leaves the total.</exception>
    public void Encode(uint start, uint frequency, int totalBits)
    {
        if (totalBits is < 1 or > MaxTotalBits) throw new ArgumentOutOfRangeException(nameof(totalBits), totalBits, $"A total has 1 to {MaxTotalBits} bits.");
        if (frequency == 0 || (ulong)start + frequency > 1UL << totalBits) throw new ArgumentOutOfRangeException(nameof(frequency), frequency, "A symbol's interval is not empty and lies within the total.");
        var unit = _range >> totalBits;
        _low += unit * start;
        _range = unit * frequency;
        if (_low >= Whole) Carry();
        while (_range < Smallest)
        {
            Put((byte)(_low >> ShiftBits));
            _low = (_low & (Smallest - 1)) << 8;
            _range <<= 8;
        }
    }

    /// <summary>Codes a number of which nothing is known but its size.</summary>
    /// <param name="value">The number, below 2^<paramref name="bits"/>.</param>
    /// <param name="bits">1 to <see cref="MaxTotalBits"/>.</param>
    public void EncodeUniform(uint value, int bits) => Encode(value, 1, bits);

    /// <summary>Ends the code by the fewest bytes whose number, with any number of zeros behind, lies in the interval; then begins anew.</summary>
    /// <returns>The code, valid until the next call.</returns>
    public ReadOnlySpan<byte> Finish()
    {
        for (var length = 0; length <= Bits / 8; length++)
        {
            var rest = (1UL << (Bits - 8 * length)) - 1;
            var number = (_low + rest) & ~rest;
            if (number >= _low + _range) continue;
            _low = number;
            if (_low >= Whole) Carry();
            for (var i = 0; i < length; i++) Put((byte)(_low >> (ShiftBits - 8 * i)));
            break;
        }

        var code = _bytes.AsSpan(0, _count);
        (_count, _low, _range) = (0, 0, Whole);
        return code;
    }

    private void Put(byte value)
    {
        if (_count == _bytes.Length) Array.Resize(ref _bytes, 2 * _count);
        _bytes[_count++] = value;
    }

    // The number written so far grows by one in its last place; it was below 1, and the interval with it, so a byte that can take it exists.
    private void Carry()
    {
        _low -= Whole;
        var at = _count - 1;
        while (++_bytes[at] == 0) at--;
    }
}
