using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Tensors.Formats;

/// <remarks>
/// One sign or one of {-1, 0, 1} a value, times one half-precision scale: TQ1_0 and TQ2_0 for BitNet-like models (256 values a block), Q1_0
/// (128 values a block); ggml-common.h, block_tq1_0 and following.
/// </remarks>
public sealed unsafe partial record BlockFormat
{
    /// <summary>
    /// 48 bytes of five ternary digits and 4 of four, then d. A byte is the fraction 0.abcde in base 3 of 256, rounded up: times 3^n its first
    /// digit is digit n, and q·3 / 256 is 0, 1 or 2 as q lies below 86, below 171 or above.
    /// </summary>
    private static void WidenTQ1_0(byte* x, float* y, float* end)
    {
        for (; y < end; x += 54)
        {
            var d = HalfNumber.Read(x + 52);
            for (var (n, power) = (0, 1); n < 5; n++, power *= 3, y += 32)
            {
                CodeExpansion.Scale(FirstDigit(Vector128.Load(x), power), d, y);
                CodeExpansion.Scale(FirstDigit(Vector128.Load(x + 16), power), d, y + 16);
            }

            for (var (n, power) = (0, 1); n < 5; n++, power *= 3, y += 16) CodeExpansion.Scale(FirstDigit(Vector128.Load(x + 32), power), d, y);

            var last = Vector128.Create(Unsafe.ReadUnaligned<uint>(x + 48)).AsByte();
            var powers = Vector128.Create((byte)1, 1, 1, 1, 3, 3, 3, 3, 9, 9, 9, 9, 27, 27, 27, 27);
            CodeExpansion.Scale(Digit(last * powers), d, y);
            y += 16;
        }

        static Vector128<sbyte> FirstDigit(Vector128<byte> fractions, int power) => Digit(fractions * (byte)power);

        static Vector128<sbyte> Digit(Vector128<byte> q) => Vector128.Create((sbyte)-1)
            - Vector128.GreaterThan(q, Vector128.Create((byte)85)).AsSByte() - Vector128.GreaterThan(q, Vector128.Create((byte)170)).AsSByte();
    }

    /// <summary>64 bytes of four two-bit codes with an offset of 1, then d.</summary>
    private static void WidenTQ2_0(byte* x, float* y, float* end)
    {
        for (; y < end; x += 66)
        {
            var d = HalfNumber.Read(x + 64);
            for (var i = 0; i < 16; i++, y += 16)
            {
                var codes = Bits(Vector128.Load(x + 32 * (i / 8) + 16 * (i % 2)), i % 8 / 2 * 2, 3);
                CodeExpansion.Scale(codes.AsSByte() - Vector128.Create((sbyte)1), d, y);
            }
        }
    }

    /// <summary>d, then 128 bits, set for plus.</summary>
    private static void WidenQ1_0(byte* x, float* y, float* end)
    {
        for (; y < end; x += 18)
        {
            var d = HalfNumber.Read(x);
            for (var i = 0; i < 8; i++, y += 16)
            {
                var plus = SpreadBits(Unsafe.ReadUnaligned<ushort>(x + 2 + 2 * i)).AsSByte();
                CodeExpansion.Scale((plus & Vector128.Create((sbyte)2)) - Vector128.Create((sbyte)1), d, y);
            }
        }
    }
}
