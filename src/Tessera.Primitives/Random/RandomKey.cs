namespace Tessera;

/// <summary>
/// Names one random number: (seed, sequence, position, purpose, index). The same key gives the same number whatever ran before and
/// however many threads run, so that a sequence can be forked, rolled back or drafted ahead without keeping generator state.
/// </summary>
/// <param name="Seed">The user's seed.</param>
/// <param name="Sequence">The caller's index of the sequence within its request, or of the stream within a run.</param>
/// <param name="Position">The token position (or the training step) that the number belongs to.</param>
/// <param name="Purpose">What the number is for.</param>
public readonly record struct RandomKey(ulong Seed, uint Sequence, uint Position, RandomPurpose Purpose)
{
    /// <summary>A uniform number in [0, 1) with 53 random bits.</summary>
    /// <param name="index">Which number of this key; 0 for the first.</param>
    public double Uniform(uint index = 0)
    {
        var (x0, x1, _, _) = Block(index);
        return (((ulong)x0 << 32 | x1) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>A uniform integer in [0, <paramref name="bound"/>), free of modulo bias to within 2⁻³².</summary>
    /// <param name="bound">Exclusive upper bound, at least 1.</param>
    /// <param name="index">Which number of this key.</param>
    public int Below(int bound, uint index = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        var (x0, x1, _, _) = Block(index);
        return (int)Math.BigMul((ulong)x0 << 32 | x1, (ulong)bound, out _);
    }

    /// <summary>A standard normal number (Box–Muller).</summary>
    /// <param name="index">Which number of this key.</param>
    public double Normal(uint index = 0)
    {
        var (x0, x1, x2, x3) = Block(index);
        var u = ((((ulong)x0 << 32 | x1) >> 11) + 1) * (1.0 / (1UL << 53)); // (0, 1]: the logarithm stays finite
        var v = (((ulong)x2 << 32 | x3) >> 11) * (1.0 / (1UL << 53));
        return Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v);
    }

    private (uint X0, uint X1, uint X2, uint X3) Block(uint index) =>
        Philox.Block((index, Position, Sequence, (uint)Purpose), ((uint)Seed, (uint)(Seed >> 32)));
}
