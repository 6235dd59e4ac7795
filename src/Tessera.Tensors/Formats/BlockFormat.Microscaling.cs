using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Tensors.Formats.Tables;

namespace Tessera.Tensors.Formats;

/// <remarks>
/// Four-bit floats (E2M1) with a scale of eight bits: MXFP4 has a power of two (E8M0) for 32 values, NVFP4 an unsigned E4M3 for each 16 of its
/// 64 (OCP Microscaling Formats 1.0; ggml-common.h, block_mxfp4 and block_nvfp4). The value tables hold twice E2M1, the scales half.
/// </remarks>
public sealed unsafe partial record BlockFormat
{
    private static void WidenMXFP4(byte* x, float* y, float* end)
    {
        for (; y < end; x += 17, y += 32)
        {
            var scale = HalfOfE8M0(*x);
            var pairs = Vector128.Load(x + 1);
            CodeExpansion.Scale(Vector128.Shuffle(NibbleValues.TwiceE2M1, LowNibbles(pairs).AsSByte()), scale, y);
            CodeExpansion.Scale(Vector128.Shuffle(NibbleValues.TwiceE2M1, HighNibbles(pairs).AsSByte()), scale, y + 16);
        }
    }

    /// <summary>2^(exponent - 128). The code 255, NaN in the standard, is 2^127 as in ggml.</summary>
    private static float HalfOfE8M0(byte exponent) =>
        BitConverter.UInt32BitsToSingle(exponent < 2 ? 0x00200000u << exponent : (uint)(exponent - 1) << 23); // below 2 a subnormal float

    private static void WidenNVFP4(byte* x, float* y, float* end)
    {
        for (; y < end; x += 36)
        {
            for (var part = 0; part < 4; part++, y += 16)
            {
                const ulong Low = 0x0F0F0F0F0F0F0F0F;
                var pairs = Unsafe.ReadUnaligned<ulong>(x + 4 + 8 * part);
                var codes = Vector128.Create(pairs & Low, pairs >> 4 & Low);
                CodeExpansion.Scale(Vector128.Shuffle(NibbleValues.TwiceE2M1, codes.AsSByte()), HalfOfUnsignedE4M3(x[part]), y);
            }
        }
    }

    /// <summary>Half the number with these bits: four of exponent (bias 7), three of mantissa. The NaN code 0x7F is 0 as in ggml; the top bit is ignored.</summary>
    private static float HalfOfUnsignedE4M3(byte bits)
    {
        if (bits == 0x7F) return 0f;
        var exponent = bits >> 3 & 15;
        var mantissa = bits & 7;
        return exponent == 0 ? mantissa / 1024f : BitConverter.Int32BitsToSingle((exponent + 119) << 23 | mantissa << 20);
    }
}
