namespace Tessera.Tokenizers.Coding;

/// <summary>
/// Says in integers how likely each byte is after others, so that coder and decoder agree to the last bit whatever machine they run on.
/// Immutable and safe for any number of threads.
/// </summary>
public abstract class IntegerByteModel
{
    /// <summary>Binary logarithm of what the frequencies of all bytes add up to.</summary>
    public const int TotalBits = 16;

    /// <summary>What the frequencies of all bytes add up to.</summary>
    public const int Total = 1 << TotalBits;

    /// <summary>Largest weight.</summary>
    public const ulong MaxWeight = 1UL << 40;

    /// <summary>How many of the last bytes matter.</summary>
    public abstract int ContextLength { get; }

    /// <summary>Weights in proportion to the probabilities of the next byte.</summary>
    /// <param name="context">What came before since the window's or text's start, in order; may be longer than <see cref="ContextLength"/>.</param>
    /// <param name="weights">[256], each at most <see cref="MaxWeight"/>, not all 0.</param>
    public abstract void Weights(ReadOnlySpan<byte> context, Span<ulong> weights);

    /// <summary>Frequencies of the next byte: each at least 1, so that anything can be coded; together <see cref="Total"/>.</summary>
    /// <param name="context">As for <see cref="Weights"/>.</param>
    /// <param name="frequencies">[256].</param>
    public virtual void Frequencies(ReadOnlySpan<byte> context, Span<int> frequencies)
    {
        Span<ulong> weights = stackalloc ulong[Symbols];
        Weights(context, weights);
        Apportionment.Share(weights, Total - Symbols, frequencies);
        foreach (ref var frequency in frequencies) frequency++;
    }

    /// <summary>How many symbols there are; the models of worked examples have fewer than 256.</summary>
    internal virtual int Symbols => 256;
}
