namespace Tessera.Tokenizers.Coding;

/// <summary>
/// Reads what <see cref="ArithmeticEncoder"/> wrote. Any bytes are taken for a code; one that no encoder wrote gives wrong symbols or is refused, and
/// never reads on for long behind its end. Not thread-safe.
/// </summary>
public sealed class ArithmeticDecoder
{
    private const int MostBehindEnd = ArithmeticEncoder.Bits / 8 + 1; // the encoder leaves out zeros of its last number, no others

    private readonly ReadOnlyMemory<byte> _code;
    private readonly string _name;
    private int _next;
    private ulong _range = ArithmeticEncoder.Whole;
    private ulong _unit;
    private ulong _value; // the code's number less the interval's low end

    /// <summary>Begins to read.</summary>
    /// <param name="code">The code; must stay as it is.</param>
    /// <param name="name">What errors call it.</param>
    public ArithmeticDecoder(ReadOnlyMemory<byte> code, string name = "arithmetic code")
    {
        (_code, _name) = (code, name);
        for (var i = 0; i < ArithmeticEncoder.Bits / 8; i++) _value = (_value << 8) | Next();
    }

    /// <summary>Where in the total the next symbol lies: the one whose interval [start, start + frequency) holds it is to be taken.</summary>
    /// <param name="totalBits">As for encoding.</param>
    /// <exception cref="MalformedInputException">No encoder wrote this.</exception>
    public uint Peek(int totalBits)
    {
        if (totalBits is < 1 or > ArithmeticEncoder.MaxTotalBits) throw new ArgumentOutOfRangeException(nameof(totalBits), totalBits, $"A total has 1 to {ArithmeticEncoder.MaxTotalBits} bits.");
        _unit = _range >> totalBits;
        var place = _value / _unit;
        return place < 1UL << totalBits ? (uint)place : throw Wrong("the number lies outside of every symbol");
    }

    /// <summary>Takes the symbol that <see cref="Peek"/> led to.</summary>
    /// <param name="start">The sum of the frequencies before it.</param>
    /// <param name="frequency">Its own.</param>
    /// <exception cref="MalformedInputException">The code has ended long before.</exception>
    public void Take(uint start, uint frequency)
    {
        _value -= _unit * start;
        _range = _unit * frequency;
        while (_range < ArithmeticEncoder.Smallest)
        {
            _value = (_value << 8) | Next();
            _range <<= 8;
        }
    }

    /// <summary>A number that was coded as one of 2^<paramref name="bits"/> alike.</summary>
    /// <param name="bits">1 to <see cref="ArithmeticEncoder.MaxTotalBits"/>.</param>
    /// <exception cref="MalformedInputException">No encoder wrote this.</exception>
    public uint DecodeUniform(int bits)
    {
        var value = Peek(bits);
        Take(value, 1);
        return value;
    }

    private byte Next()
    {
        var at = _next++;
        if (at < _code.Length) return _code.Span[at];
        return at < _code.Length + MostBehindEnd ? (byte)0 : throw Wrong("the code ends before its last symbol");
    }

    private MalformedInputException Wrong(string reason) => new(_name, $"byte {Math.Min(_next, _code.Length)}", reason);
}
