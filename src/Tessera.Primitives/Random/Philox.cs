using System.Runtime.CompilerServices;

namespace Tessera;

/// <summary>
/// Philox4x32-10, the counter-based generator of Salmon et al. (2011, "Parallel Random Numbers: As Easy as 1, 2, 3"):
/// a pure function from a 128-bit counter and a 64-bit key to 128 random bits.
/// </summary>
public static class Philox
{
    /// <summary>The four 32-bit words that belong to a counter and a key.</summary>
    /// <param name="counter">The counter, least significant word first.</param>
    /// <param name="key">The key, least significant word first.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (uint X0, uint X1, uint X2, uint X3) Block((uint C0, uint C1, uint C2, uint C3) counter, (uint K0, uint K1) key)
    {
        // Multipliers and Weyl increments of the paper, table 2.
        const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;
        var (c0, c1, c2, c3) = counter;
        var (k0, k1) = key;
        for (var round = 0; round < 10; round++)
        {
            var p0 = (ulong)M0 * c0;
            var p1 = (ulong)M1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += W0;
            k1 += W1;
        }

        return (c0, c1, c2, c3);
    }
}
