using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Tessera.Tokenizers.Files.Compact;

/// <summary>The numbers of the format, and its checksum.</summary>
internal static class CompactHeader
{
    /// <summary>The version that is read and written.</summary>
    public const int Version = 1;

    /// <summary>Magic (8), version (4), number of sections (4), length of the file (8), checksum of the directory (4), zero (4).</summary>
    public const int Bytes = 32;

    /// <summary>Kind (4), checksum (4), offset (8), length (8).</summary>
    public const int EntryBytes = 24;

    /// <summary>The most sections that a file may name.</summary>
    public const int MostSections = 64;

    /// <summary>Every section starts at a multiple of this.</summary>
    public const int Alignment = 8;

    /// <summary>What a compact file starts with. The last bytes tell when a transfer took it for text.</summary>
    public static ReadOnlySpan<byte> Magic => "TESTOK\r\n"u8;

    /// <summary>CRC-32C (Castagnoli) with all ones at the start and inverted at the end, as iSCSI has it.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var (crc, at) = (uint.MaxValue, 0);
        if (Sse42.X64.IsSupported)
        {
            ulong sum = crc;
            for (; at + 8 <= bytes.Length; at += 8) sum = Sse42.X64.Crc32(sum, Unsafe.ReadUnaligned<ulong>(in bytes[at]));
            crc = (uint)sum;
        }
        else
        {
            for (; at + 8 <= bytes.Length; at += 8) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]));
        }

        for (; at < bytes.Length; at++) crc = BitOperations.Crc32C(crc, bytes[at]);
        return ~crc;
    }
}
