using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers.Compression;

/// <summary>
/// How often a 1 came, as a probability of 22 bits and a count of 10 in one word; 0 is "one half, never seen". The first observations move it by
/// 1/(n + 1.5), later ones by 1/limit, so that it follows a text that changes.
/// </summary>
internal static class BitCounts
{
    private static readonly int[] s_rates = [.. Enumerable.Range(0, 1024).Select(static n => (1 << 17) / (2 * n + 3))];

    /// <summary>The probability of a 1, in 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Probability(uint state) => (int)((state ^ 0x8000_0000) >> 16);

    /// <summary>How often it was updated, up to its limit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Count(uint state) => (int)(state & 1023);

    /// <summary>Takes a bit into account.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Update(ref uint state, int bit, int limit)
    {
        var count = (int)(state & 1023);
        var p = (int)((state ^ 0x8000_0000) >> 10);
        var target = bit == 0 ? 0 : (1 << 22) - 1;
        p += (int)(((long)(target - p) * s_rates[count]) >> 16);
        state = ((uint)p << 10 | (uint)(count < limit ? count + 1 : count)) ^ 0x8000_0000;
    }
}
