namespace Tessera.Tokenizers.Coding;

/// <summary>e^(−x) in integers, for models whose coder and decoder may run on different machines: no machine's own exponential takes part.</summary>
public static class IntegerExponential
{
    /// <summary>Units of x to one.</summary>
    public const int Scale = 256;

    /// <summary>Beyond this x the exponential counts as zero: e^−20 is 2·10⁻⁹.</summary>
    public const int End = 20 * Scale;

    // e^(−1/256) in units of 2^−63. A power adds less than 2^−62 of error, so 5,120 of them keep 49 bits.
    private const ulong Step = 9_187_413_517_043_429_148;
    private static readonly uint[] s_powers = Powers();

    /// <summary>e^(−x / 256) in units of 2^−31; 0 from <see cref="End"/> on.</summary>
    /// <param name="x">At least 0.</param>
    public static uint Of(int x) => x < End ? s_powers[x] : 0;

    private static uint[] Powers()
    {
        var powers = new uint[End];
        var power = 1UL << 63;
        for (var x = 0; x < End; x++)
        {
            powers[x] = (uint)(power >> 32);
            power = Math.BigMul(power, Step, out var low) << 1 | low >> 63;
        }

        return powers;
    }
}
