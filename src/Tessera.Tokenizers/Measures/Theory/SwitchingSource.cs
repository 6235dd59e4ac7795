namespace Tessera.Tokenizers.Measures.Theory;

/// <summary>
/// A Markov source on the symbols 0 and 1 that repeats or switches what it gave some steps before: x_n is the other one than x_{n−k} with a
/// probability, else the same. Each symbol alone is uniform, so that a model without memory sees nothing of its structure.
/// </summary>
public sealed record SwitchingSource
{
    /// <summary>Creates a source.</summary>
    /// <param name="order">How many steps it looks back (k), 1 to 16.</param>
    /// <param name="switchProbability">The probability of the other symbol (p), from 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public SwitchingSource(int order, double switchProbability)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, 16);
        if (!(switchProbability >= 0 && switchProbability <= 1)) throw new ArgumentOutOfRangeException(nameof(switchProbability), switchProbability, "A probability is from 0 to 1.");
        (Order, SwitchProbability) = (order, switchProbability);
    }

    /// <summary>How many steps it looks back.</summary>
    public int Order { get; }

    /// <summary>The probability of the other symbol.</summary>
    public double SwitchProbability { get; }

    /// <summary>Entropy rate in bits a symbol: the binary entropy of the switch.</summary>
    public double EntropyRate => BinaryEntropy(SwitchProbability);

    /// <summary>The smallest probability of a step (δ); 0 where a step is impossible, and then the paper's bound says nothing.</summary>
    public double Delta => Math.Min(SwitchProbability, 1 - SwitchProbability);

    /// <summary>What the best model without memory spends on single symbols, in bits a symbol: 1, as they are uniform.</summary>
    public static double MemorylessLoss => 1;

    /// <summary>
    /// What the best model without memory spends on blocks of a length, in bits a symbol: H(X_1 … X_r) / r. The symbols of each phase are
    /// a chain of their own, whose first symbol costs a bit and every other the entropy of the switch.
    /// </summary>
    /// <param name="length">The length of a block (r), at least 1.</param>
    public double BlockLoss(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        double bits = 0;
        for (var phase = 0; phase < Math.Min(Order, length); phase++) bits += 1 + ((length - phase - 1) / Order) * EntropyRate;
        return bits / length;
    }

    /// <summary>Draws symbols.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">Names the numbers drawn.</param>
    /// <param name="stream">Tells draws of one seed apart.</param>
    /// <returns>A string of 0 and 1.</returns>
    public string Draw(int count, ulong seed, uint stream = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return string.Create(count, (this, seed, stream), static (symbols, state) =>
        {
            var (source, seed, stream) = state;
            for (var i = 0; i < symbols.Length; i++)
            {
                var uniform = new RandomKey(seed, stream, (uint)i, RandomPurpose.Sample).Uniform();
                symbols[i] = i < source.Order ? (uniform < 0.5 ? '0' : '1')
                    : uniform < source.SwitchProbability ? (symbols[i - source.Order] == '0' ? '1' : '0')
                    : symbols[i - source.Order];
            }
        });
    }

    private static double BinaryEntropy(double p) => p is 0 or 1 ? 0 : -(p * Math.Log2(p) + (1 - p) * Math.Log2(1 - p));
}
