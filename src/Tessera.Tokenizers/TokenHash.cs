using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers;

/// <summary>
/// The hash of token bytes: per eight bytes a product of their two halves, each added to a key of its own (the NH construction of Black et
/// al., "UMAC: Fast and Secure Message Authentication", 1999), summed and mixed. The keys come from the seed, so that collisions for one
/// seed are none for another. Little-endian; compact files hold tables made with it, so its values are part of their format.
/// </summary>
internal static class TokenHash
{
    private const ulong Step = 0x9E3779B97F4A7C15;

    /// <summary>The hash of some bytes; the length enters it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(ReadOnlySpan<byte> bytes, ulong seed)
    {
        var length = bytes.Length;
        if (length == 0) return Mix(seed);
        ref readonly var first = ref bytes[0];
        return Of(in first, length, seed);
    }

    /// <summary>The hash of <paramref name="length"/> bytes, at least one, from a reference on.</summary>
    public static ulong Of(ref readonly byte first, int length, ulong seed)
    {
        ref var bytes = ref Unsafe.AsRef(in first);
        var (sum, key) = (seed ^ (ulong)length * Step, seed);
        if (length < 8)
        {
            var tail = length >= 4
                ? Unsafe.ReadUnaligned<uint>(ref bytes) | (ulong)Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref bytes, length - 4)) << 32
                : (ulong)(uint)(bytes << 16 | Unsafe.Add(ref bytes, length / 2) << 8 | Unsafe.Add(ref bytes, length - 1));
            return Mix(sum + Product(tail, key));
        }

        for (var at = 0; at < length - 8; at += 8)
        {
            sum += Product(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref bytes, at)), key);
            key += Step;
        }

        // The last eight, which overlap what stands before where the length is no multiple of eight.
        return Mix(sum + Product(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref bytes, length - 8)), key));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Product(ulong bytes, ulong key) => (ulong)((uint)bytes + (uint)key) * ((uint)(bytes >> 32) + (uint)(key >> 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong sum)
    {
        sum = (sum ^ sum >> 32) * Step;
        return (sum ^ sum >> 29) * 0xD6E8FEB86659FD93;
    }
}
