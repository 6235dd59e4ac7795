using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Tessera.Tokenizers.Files.Compact;

/// <summary>The numbers of the format, and its checksum.</summary>
internal static class CompactHeader
{
    /// <summary>The version that is read and written.</summary>
    public const int Version = 2;

    /// <summary>Magic (8), version (4), number of sections (4), length of the file (8), checksum of the directory (4), zero (4).</summary>
    public const int Bytes = 32;

    /// <summary>Kind (4), checksum (4), offset (8), length (8).</summary>
    public const int EntryBytes = 24;

    /// <summary>The most sections that a file may name.</summary>
    public const int MostSections = 64;

    /// <summary>Every section starts at a multiple of this.</summary>
    public const int Alignment = 8;

    private const int Block = 4_096;

    /// <summary>What a compact file starts with. The last bytes tell when a transfer took it for text.</summary>
    public static ReadOnlySpan<byte> Magic => "TESTOK\r\n"u8;

    /// <summary>
    /// The CRC-32C of the CRC-32Cs, four bytes each, of the blocks of 4,096 bytes, the last of which may be shorter: four blocks at once take
    /// a third of the time of one after the other.
    /// </summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var (sum, at) = (uint.MaxValue, 0);
        for (; Sse42.X64.IsSupported && at + 4 * Block <= bytes.Length; at += 4 * Block)
        {
            ref var first = ref Unsafe.AsRef(in bytes[at]);
            ulong a = uint.MaxValue, b = uint.MaxValue, c = uint.MaxValue, d = uint.MaxValue;
            for (var i = 0; i < Block; i += 8)
            {
                ref var word = ref Unsafe.Add(ref first, i);
                a = Sse42.X64.Crc32(a, Unsafe.ReadUnaligned<ulong>(ref word));
                b = Sse42.X64.Crc32(b, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref word, Block)));
                c = Sse42.X64.Crc32(c, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref word, 2 * Block)));
                d = Sse42.X64.Crc32(d, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref word, 3 * Block)));
            }

            sum = BitOperations.Crc32C(sum, ~(uint)a);
            sum = BitOperations.Crc32C(sum, ~(uint)b);
            sum = BitOperations.Crc32C(sum, ~(uint)c);
            sum = BitOperations.Crc32C(sum, ~(uint)d);
        }

        for (; at < bytes.Length; at += Block) sum = BitOperations.Crc32C(sum, Crc32C(bytes.Slice(at, Math.Min(Block, bytes.Length - at))));
        return ~sum;
    }

    /// <summary>CRC-32C (Castagnoli) with all ones at the start and inverted at the end, as iSCSI has it.</summary>
    public static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        var (crc, at) = (uint.MaxValue, 0);
        for (; at + 8 <= bytes.Length; at += 8) crc = BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<ulong>(in bytes[at]));
        for (; at < bytes.Length; at++) crc = BitOperations.Crc32C(crc, bytes[at]);
        return ~crc;
    }
}
