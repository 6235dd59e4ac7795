namespace Tessera.Tokenizers.EqualInfo;

/// <summary>
/// The arithmetic code of one window: an interval of whole numbers of 32, 64 or 128 bits that is never renormalised, since the window ends first.
/// Symbols shrink it; <see cref="Shortest"/> says how many bits name a dyadic interval inside.
/// </summary>
internal struct WindowCoder
{
    private readonly int _width;
    private UInt128 _low;
    private UInt128 _last;

    /// <summary>A fresh window.</summary>
    /// <param name="windowBits">Its bits, at most 128.</param>
    public WindowCoder(int windowBits)
    {
        _width = windowBits <= 32 ? 32 : windowBits <= 64 ? 64 : 128;
        _last = UInt128.MaxValue >> (128 - _width);
    }

    /// <summary>The interval's low end as a share of the whole, in units of 2^−width.</summary>
    public readonly UInt128 Low => _low;

    /// <summary>The interval's last number.</summary>
    public readonly UInt128 Last => _last;

    /// <summary>Bits of the numbers.</summary>
    public readonly int Width => _width;

    /// <summary>Shrinks the interval to a symbol's [start, start + frequency) of 2^16; false, and nothing has changed, where no number is left in it.</summary>
    public bool TryTake(int start, int frequency)
    {
        var low = _low + Scale(start);
        var last = _low + Scale(start + frequency) - 1; // modulo 2^128, which is the end of the widest window
        if (Scale(start) == Scale(start + frequency) && frequency < 1 << 16) return false;
        (_low, _last) = (low, last);
        return true;
    }

    /// <summary>The fewest bits whose dyadic interval lies within, and these bits: the lowest such interval's.</summary>
    public readonly (int Bits, UInt128 Code) Shortest()
    {
        // What the interval's ends have in common, every number inside has; at most two bits more tell it from the numbers outside.
        var differing = 128 - (int)UInt128.LeadingZeroCount(_low ^ _last);
        for (var bits = Math.Max(0, _width - differing); ; bits++)
        {
            var rest = bits == 0 ? UInt128.MaxValue >> (128 - _width) : (UInt128.One << (_width - bits)) - 1;
            var number = (_low + rest) & ~rest;
            if (number >= _low && number <= _last && _last - number >= rest) return (bits, bits == 0 ? 0 : number >> (_width - bits));
        }
    }

    /// <summary>Finds the symbol whose interval holds a number of the window.</summary>
    /// <param name="number">The number; within the interval.</param>
    /// <param name="starts">The symbols' starts, and the total behind them.</param>
    public readonly int Find(UInt128 number, ReadOnlySpan<int> starts)
    {
        var place = number - _low;
        var (low, high) = (0, starts.Length - 1); // the last start that is not above it; starts that fall together with the next one are empty
        while (high - low > 1)
        {
            var middle = (low + high) >>> 1;
            if (Scale(starts[middle]) <= place) low = middle;
            else high = middle;
        }

        return low;
    }

    // ⌊range · share / 2^16⌋ without leaving 128 bits; a range of 2^128 is 0 here.
    private readonly UInt128 Scale(int share)
    {
        var range = _last - _low + 1;
        if (range == 0) return share == 1 << 16 ? 0 : (UInt128)(uint)share << (128 - 16);
        return (range >> 16) * (uint)share + (((range & 0xFFFF) * (uint)share) >> 16);
    }
}
