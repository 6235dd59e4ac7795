using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Tensors.Formats;

/// <remarks>
/// K-quants: super-blocks of 256 values, cut into 16 blocks of 16 or 8 of 32, whose scales (and minima) are small integers times one
/// half-precision number (ggml-common.h, block_q2_K and following).
/// </remarks>
public sealed unsafe partial record BlockFormat
{
    private static Vector128<byte> Bits(Vector128<byte> packed, int shift, byte mask) =>
        Vector128.ShiftRightLogical(packed.AsUInt16(), shift).AsByte() & Vector128.Create(mask);

    /// <summary>16 bytes of scale (low nibble) and minimum (high nibble), 64 of two-bit codes, d, dmin.</summary>
    private static void WidenQ2_K(byte* x, float* y, float* end)
    {
        for (; y < end; x += 84)
        {
            var d = HalfNumber.Read(x + 80);
            var dmin = HalfNumber.Read(x + 82);
            for (var block = 0; block < 16; block++, y += 16)
            {
                var codes = Bits(Vector128.Load(x + 16 + 32 * (block / 8) + 16 * (block % 2)), block % 8 / 2 * 2, 3);
                CodeExpansion.ScaleAndShift(codes.AsSByte(), d * (x[block] & 15), -(dmin * (x[block] >> 4)), y);
            }
        }
    }

    /// <summary>32 bytes of third bits (cleared means minus 4), 64 of two-bit codes, 12 of six-bit scales with an offset of 32, d.</summary>
    private static void WidenQ3_K(byte* x, float* y, float* end)
    {
        for (; y < end; x += 110)
        {
            var d = HalfNumber.Read(x + 108);
            for (var block = 0; block < 16; block++, y += 16)
            {
                var codes = Bits(Vector128.Load(x + 32 + 32 * (block / 8) + 16 * (block % 2)), block % 8 / 2 * 2, 3);
                var third = Vector128.Load(x + 16 * (block % 2)) & Vector128.Create((byte)(1 << block / 2));
                var offset = Vector128.Equals(third, Vector128<byte>.Zero) & Vector128.Create((byte)4);
                CodeExpansion.Scale((codes - offset).AsSByte(), d * (ScaleOfQ3_K(x + 96, block) - 32), y);
            }
        }
    }

    /// <summary>The six-bit scale of a Q3_K block: low nibbles in bytes 0 to 7, the upper two bits of four blocks in each of bytes 8 to 11.</summary>
    private static int ScaleOfQ3_K(byte* scales, int block) =>
        (scales[block % 8] >> (block / 8 * 4) & 15) | (scales[8 + block % 4] >> (block / 4 * 2) & 3) << 4;

    /// <summary>d, dmin, 12 bytes of six-bit scales and minima, 128 of nibbles: block 2i low, block 2i + 1 high.</summary>
    private static void WidenQ4_K(byte* x, float* y, float* end)
    {
        for (; y < end; x += 144)
        {
            var d = HalfNumber.Read(x);
            var dmin = HalfNumber.Read(x + 2);
            var q = x + 16;
            for (var block = 0; block < 8; block += 2, q += 32, y += 64)
            {
                var (scale, minimum) = ScaleOfQ4_K(x + 4, block);
                var (nextScale, nextMinimum) = ScaleOfQ4_K(x + 4, block + 1);
                var first = Vector128.Load(q);
                var second = Vector128.Load(q + 16);
                CodeExpansion.ScaleAndShift(LowNibbles(first).AsSByte(), d * scale, -(dmin * minimum), y);
                CodeExpansion.ScaleAndShift(LowNibbles(second).AsSByte(), d * scale, -(dmin * minimum), y + 16);
                CodeExpansion.ScaleAndShift(HighNibbles(first).AsSByte(), d * nextScale, -(dmin * nextMinimum), y + 32);
                CodeExpansion.ScaleAndShift(HighNibbles(second).AsSByte(), d * nextScale, -(dmin * nextMinimum), y + 48);
            }
        }
    }

    /// <summary>
    /// The six-bit scale and minimum of a Q4_K or Q5_K block: those of blocks 0 to 3 stand whole in bytes 0 to 3 and 4 to 7, whose upper two
    /// bits belong to blocks 4 to 7; their low nibbles stand in bytes 8 to 11.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (int Scale, int Minimum) ScaleOfQ4_K(byte* scales, int block) => block < 4
        ? (scales[block] & 63, scales[block + 4] & 63)
        : ((scales[block + 4] & 15) | scales[block - 4] >> 6 << 4, (scales[block + 4] >> 4) | scales[block] >> 6 << 4);

    /// <summary>Q4_K with 32 bytes of fifth bits before the nibbles; bit i of each byte belongs to block i.</summary>
    private static void WidenQ5_K(byte* x, float* y, float* end)
    {
        for (; y < end; x += 176)
        {
            var d = HalfNumber.Read(x);
            var dmin = HalfNumber.Read(x + 2);
            for (var half = 0; half < 16; half++, y += 16)
            {
                var block = half / 2;
                var (scale, minimum) = ScaleOfQ4_K(x + 4, block);
                var codes = Bits(Vector128.Load(x + 48 + 32 * (block / 2) + 16 * (half % 2)), block % 2 * 4, 15);
                var fifth = Bits(Vector128.Load(x + 16 + 16 * (half % 2)), block, 1);
                codes |= Vector128.ShiftLeft(fifth.AsUInt16(), 4).AsByte();
                CodeExpansion.ScaleAndShift(codes.AsSByte(), d * scale, -(dmin * minimum), y);
            }
        }
    }

    /// <summary>128 bytes of low nibbles, 64 of upper two bits, 16 signed scales, d; codes have an offset of 32.</summary>
    private static void WidenQ6_K(byte* x, float* y, float* end)
    {
        for (; y < end; x += 210)
        {
            var d = HalfNumber.Read(x + 208);
            for (var block = 0; block < 16; block++, y += 16)
            {
                var part = block / 2 % 4; // the 32 values of this 128 that share a byte of upper bits
                var low = Bits(Vector128.Load(x + 64 * (block / 8) + 32 * (part % 2) + 16 * (block % 2)), part / 2 * 4, 15);
                var high = Bits(Vector128.Load(x + 128 + 32 * (block / 8) + 16 * (block % 2)), part * 2, 3);
                var codes = (low | Vector128.ShiftLeft(high.AsUInt16(), 4).AsByte()).AsSByte() - Vector128.Create((sbyte)32);
                CodeExpansion.Scale(codes, d * ((sbyte*)x)[192 + block], y);
            }
        }
    }

    /// <summary>A float scale, 256 signed bytes, and sums of 16 that only dot products use.</summary>
    private static void WidenQ8_K(byte* x, float* y, float* end)
    {
        for (; y < end; x += 292)
        {
            var d = Unsafe.ReadUnaligned<float>(x);
            for (var i = 0; i < 256; i += 16, y += 16) CodeExpansion.Scale(Vector128.Load((sbyte*)x + 4 + i), d, y);
        }
    }
}
