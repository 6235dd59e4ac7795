using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Tensors.Formats.Tables;

namespace Tessera.Tensors.Formats;

/// <remarks>
/// The first generation: blocks of 32 with one half-precision scale d, and for the _1 formats a minimum m (ggml-common.h, block_q4_0 and
/// following). The low nibbles are the first 16 values, the high nibbles the last 16.
/// </remarks>
public sealed unsafe partial record BlockFormat
{
    private static Vector128<byte> LowNibbles(Vector128<byte> pairs) => pairs & Vector128.Create((byte)0x0F);

    private static Vector128<byte> HighNibbles(Vector128<byte> pairs) => Vector128.ShiftRightLogical(pairs.AsUInt16(), 4).AsByte() & Vector128.Create((byte)0x0F);

    /// <summary>Sixteen bits spread over sixteen bytes, each 0xFF or 0.</summary>
    private static Vector128<byte> SpreadBits(uint bits) => Vector128.Create(BitMasks.Bytes[bits & 0xFF], BitMasks.Bytes[bits >> 8 & 0xFF]).AsByte();

    private static void WidenQ4_0(byte* x, float* y, float* end)
    {
        for (; y < end; x += 18, y += 32)
        {
            var d = HalfNumber.Read(x);
            var pairs = Vector128.Load(x + 2);
            CodeExpansion.Scale(LowNibbles(pairs).AsSByte() - Vector128.Create((sbyte)8), d, y);
            CodeExpansion.Scale(HighNibbles(pairs).AsSByte() - Vector128.Create((sbyte)8), d, y + 16);
        }
    }

    private static void WidenQ4_1(byte* x, float* y, float* end)
    {
        for (; y < end; x += 20, y += 32)
        {
            var d = HalfNumber.Read(x);
            var m = HalfNumber.Read(x + 2);
            var pairs = Vector128.Load(x + 4);
            CodeExpansion.ScaleAndShift(LowNibbles(pairs).AsSByte(), d, m, y);
            CodeExpansion.ScaleAndShift(HighNibbles(pairs).AsSByte(), d, m, y + 16);
        }
    }

    private static void WidenQ5_0(byte* x, float* y, float* end)
    {
        for (; y < end; x += 22, y += 32)
        {
            var d = HalfNumber.Read(x);
            var (low, high) = FiveBits(x + 2);
            CodeExpansion.Scale(low - Vector128.Create((sbyte)16), d, y);
            CodeExpansion.Scale(high - Vector128.Create((sbyte)16), d, y + 16);
        }
    }

    private static void WidenQ5_1(byte* x, float* y, float* end)
    {
        for (; y < end; x += 24, y += 32)
        {
            var d = HalfNumber.Read(x);
            var m = HalfNumber.Read(x + 2);
            var (low, high) = FiveBits(x + 4);
            CodeExpansion.ScaleAndShift(low, d, m, y);
            CodeExpansion.ScaleAndShift(high, d, m, y + 16);
        }
    }

    /// <summary>32 codes of five bits: 32 fifth bits, then 16 bytes of nibbles.</summary>
    private static (Vector128<sbyte> Low, Vector128<sbyte> High) FiveBits(byte* x)
    {
        var fifth = Unsafe.ReadUnaligned<uint>(x);
        var pairs = Vector128.Load(x + 4);
        var sixteen = Vector128.Create((byte)16);
        return ((LowNibbles(pairs) | SpreadBits(fifth) & sixteen).AsSByte(), (HighNibbles(pairs) | SpreadBits(fifth >> 16) & sixteen).AsSByte());
    }

    private static void WidenQ8_0(byte* x, float* y, float* end)
    {
        for (; y < end; x += 34, y += 32)
        {
            var d = HalfNumber.Read(x);
            CodeExpansion.Scale(Vector128.Load((sbyte*)x + 2), d, y);
            CodeExpansion.Scale(Vector128.Load((sbyte*)x + 18), d, y + 16);
        }
    }

    /// <summary>Q8_0 with the sum of the values beside the scale, which only dot products use.</summary>
    private static void WidenQ8_1(byte* x, float* y, float* end)
    {
        for (; y < end; x += 36, y += 32)
        {
            var d = HalfNumber.Read(x);
            CodeExpansion.Scale(Vector128.Load((sbyte*)x + 4), d, y);
            CodeExpansion.Scale(Vector128.Load((sbyte*)x + 20), d, y + 16);
        }
    }
}
