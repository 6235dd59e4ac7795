namespace Tessera.Fuzz;

/// <summary>The choices for one input, a pure function of the run's seed and the input's number.</summary>
internal sealed class FuzzDice(ulong seed, uint input)
{
    // Nothing else draws in this process, so that any purpose will do.
    private readonly RandomKey _key = new(seed, input, 0, RandomPurpose.Sample);
    private uint _next;

    public int Below(int bound) => _key.Below(bound, _next++);

    public bool Chance(double probability) => _key.Uniform(_next++) < probability;

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[Below(choices.Length)];

    public ulong Bits() => ((ulong)(uint)Below(int.MaxValue) << 33) ^ ((ulong)(uint)Below(int.MaxValue) << 16) ^ (uint)Below(1 << 16);

    /// <summary>Numbers that readers get wrong: the edges of every integer type, what wraps when multiplied by an element's size, neighbours of the truth.</summary>
    public ulong Number(ulong truth) => Below(8) switch
    {
        0 => truth + 1,
        1 => unchecked(truth - 1),
        2 => Pick<ulong>(0, 1, 2, 7, 31, 32, 33, 63, 64, 65, 255, 256, 65_535, 65_536),
        3 => Pick<ulong>(int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, (1UL << 32) + 1),
        4 => Pick<ulong>(long.MaxValue, 1UL << 63, ulong.MaxValue, ulong.MaxValue - 7, ulong.MaxValue - 31, (1UL << 63) + 1),
        5 => Pick<ulong>(1UL << 60, 1UL << 61, 1UL << 62, (1UL << 61) + 1, 1UL << 40, 1UL << 33),
        6 => unchecked(truth * Pick<ulong>(2, 3, 8, 256, 1UL << 32)),
        _ => Bits() >> Below(64),
    };

    /// <summary>Bytes that are no ordinary text.</summary>
    public byte[] Text() => Below(10) switch
    {
        0 => [],
        1 => [0xFF, 0xFE],
        2 => [(byte)'a', 0xC3, 0x28],
        3 => [0xED, 0xA0, 0x80], // half a surrogate pair, as UTF-8
        4 => [0xF4, 0x90, 0x80, 0x80], // beyond U+10FFFF
        5 => "a\0b"u8.ToArray(),
        6 => "../../../../etc/passwd"u8.ToArray(),
        7 => "%s%n\u001b[2J"u8.ToArray(),
        8 => "\u202Eé🙂"u8.ToArray(),
        _ => Bytes(1 + Below(80)),
    };

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++) bytes[i] = (byte)Below(256);
        return bytes;
    }
}
