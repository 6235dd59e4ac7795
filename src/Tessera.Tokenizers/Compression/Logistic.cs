using Tessera.Tokenizers.Coding;

namespace Tessera.Tokenizers.Compression;

/// <summary>Probabilities in 16 bits and their logits in units of 1/256, both ways, in integers.</summary>
internal static class Logistic
{
    /// <summary>Largest logit: 8, a probability of 0.99966.</summary>
    public const int Most = 8 * IntegerExponential.Scale - 1;

    private static readonly ushort[] s_probabilities = [.. Enumerable.Range(-Most, 2 * Most + 1).Select(Probability)];
    private static readonly short[] s_logits = Logits();

    /// <summary>The probability of a logit, 1 to 65,535.</summary>
    public static int Squash(int logit) => s_probabilities[Math.Clamp(logit, -Most, Most) + Most];

    /// <summary>The logit of a probability of 16 bits; it goes by the upper 12.</summary>
    public static int Stretch(int probability) => s_logits[probability >> 4];

    // 2^16 / (1 + e^−x); for negative x what the other side leaves.
    private static ushort Probability(int logit)
    {
        var power = (ulong)IntegerExponential.Of(Math.Abs(logit));
        var upper = (int)((1UL << (31 + 16)) / ((1UL << 31) + power));
        return (ushort)(logit >= 0 ? upper : (1 << 16) - upper);
    }

    private static short[] Logits()
    {
        var logits = new short[1 << 12];
        var logit = -Most;
        for (var p = 0; p < logits.Length; p++)
        {
            while (logit < Most && Squash(logit) < 16 * p + 8) logit++;
            logits[p] = (short)logit;
        }

        return logits;
    }
}
