using Tessera.Tensors.Formats.Tables;

namespace Tessera.Tensors.Formats;

/// <remarks>
/// Quantisers of the ternary, binary and four-bit float formats, byte for byte ggml's reference (quantize_row_tq1_0_ref and following).
/// </remarks>
public sealed unsafe partial record BlockFormat
{
    private static void QuantiseTQ1_0(ReadOnlySpan<float> x, Span<byte> block)
    {
        Span<byte> digits = stackalloc byte[256];
        HalfNumber.Write(block[52..], TernaryDigits(x, digits));
        for (var i = 0; i < 32; i++) block[i] = Fraction(digits[i..], stride: 32, count: 5);
        for (var i = 0; i < 16; i++) block[32 + i] = Fraction(digits[(160 + i)..], stride: 16, count: 5);
        for (var i = 0; i < 4; i++) block[48 + i] = Fraction(digits[(240 + i)..], stride: 4, count: 4);

        // The digits as a fraction in base 3, in 256ths, rounded up.
        static byte Fraction(ReadOnlySpan<byte> digits, int stride, int count)
        {
            var number = 0;
            for (var n = 0; n < 5; n++) number = number * 3 + (n < count ? digits[n * stride] : 0);
            return (byte)((number * 256 + 242) / 243);
        }
    }

    private static void QuantiseTQ2_0(ReadOnlySpan<float> x, Span<byte> block)
    {
        Span<byte> digits = stackalloc byte[256];
        HalfNumber.Write(block[64..], TernaryDigits(x, digits));
        for (var i = 0; i < 64; i++)
        {
            var first = digits[(i / 32 * 128 + i % 32)..];
            block[i] = (byte)(first[0] | first[32] << 2 | first[64] << 4 | first[96] << 6);
        }
    }

    /// <summary>x over the largest magnitude, rounded half away from zero, plus 1; gives back the largest magnitude.</summary>
    private static float TernaryDigits(ReadOnlySpan<float> x, Span<byte> digits)
    {
        var d = MathF.Abs(ValueOfLargestMagnitude(x));
        var inverse = InverseOrZero(d);
        for (var i = 0; i < x.Length; i++) digits[i] = (byte)(Truncate(MathF.Round(x[i] * inverse, MidpointRounding.AwayFromZero)) + 1);
        return d;
    }

    private static void QuantiseQ1_0(ReadOnlySpan<float> x, Span<byte> block)
    {
        var sum = 0f;
        block.Clear();
        for (var i = 0; i < x.Length; i++)
        {
            sum += MathF.Abs(x[i]); // one chain, as the reference's bytes have it
            if (x[i] >= 0) block[2 + i / 8] |= (byte)(1 << i % 8);
        }

        HalfNumber.Write(block, sum / x.Length);
    }

    private static void QuantiseMXFP4(ReadOnlySpan<float> x, Span<byte> block)
    {
        var largest = MathF.Abs(ValueOfLargestMagnitude(x));
        // 2 = the exponent of 6, E2M1's largest value. The logarithm is rounded to F32 before its floor, as the reference's bytes have it.
        block[0] = largest == 0 ? (byte)0 : (byte)Math.Clamp((int)MathF.Floor((float)Math.Log2(largest)) - 2 + 127, 0, 254);
        NearestE2M1(x, HalfOfE8M0(block[0]), block[1..]);
    }

    private static void QuantiseNVFP4(ReadOnlySpan<float> x, Span<byte> block)
    {
        for (var part = 0; part < 4; part++)
        {
            var values = x.Slice(16 * part, 16);
            block[part] = UnsignedE4M3(MathF.Abs(ValueOfLargestMagnitude(values)) / 6f);
            NearestE2M1(values, HalfOfUnsignedE4M3(block[part]), block.Slice(4 + 8 * part, 8));
        }
    }

    /// <summary>The nearest codes, the lower one on a tie; first half of the values in the low nibbles, second half in the high ones.</summary>
    private static void NearestE2M1(ReadOnlySpan<float> x, float scale, Span<byte> destination)
    {
        for (var i = 0; i < destination.Length; i++)
            destination[i] = (byte)(Nearest(x[i], scale) | Nearest(x[i + destination.Length], scale) << 4);

        static int Nearest(float x, float scale)
        {
            var best = 0;
            for (var code = 1; code < 16; code++)
                if (Error(code) < Error(best)) best = code;
            return best;

            float Error(int code) => MathF.Abs(NibbleValues.TwiceE2M1[code] * scale - x);
        }
    }

    /// <summary>
    /// A positive number as unsigned E4M3, half up in the mantissa. From 256 on it is the largest, 448: a whole binade, but these are the
    /// reference's bytes.
    /// </summary>
    private static byte UnsignedE4M3(float value)
    {
        if (!(value > 0)) return 0;
        if (value >= 256f) return 0x7E;
        var bits = BitConverter.SingleToInt32Bits(value);
        if ((bits >> 23) - 127 + 7 <= 0) return (byte)Math.Min(7, (int)(value * 512f + 0.5f)); // subnormal: units of 2^-9
        var code = (bits >> 20) - ((127 - 7) << 3) + (bits >> 19 & 1); // a carry out of the mantissa raises the exponent
        return (byte)(code >= 0x78 ? 0x7E : code);
    }
}
