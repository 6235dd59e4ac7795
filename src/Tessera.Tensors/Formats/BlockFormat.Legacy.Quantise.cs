using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tessera.Tensors.Formats;

/// <remarks>
/// Quantisers with one rule for the scale, byte for byte ggml's reference (quantize_row_q4_0_ref and following): the value farthest from zero
/// gets the lowest code (Q4_0, Q5_0), or minimum and maximum get the first and last code (Q4_1, Q5_1), or ±127 (Q8).
/// </remarks>
public sealed unsafe partial record BlockFormat
{
    private static void QuantiseQ4_0(ReadOnlySpan<float> x, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[32];
        SymmetricCodes(x, codes, block, lowest: 8);
        PackNibbles(codes, block[2..]);
    }

    private static void QuantiseQ5_0(ReadOnlySpan<float> x, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[32];
        SymmetricCodes(x, codes, block, lowest: 16);
        PackFifthBits(codes, block[2..]);
        PackNibbles(codes, block[6..]);
    }

    private static void QuantiseQ4_1(ReadOnlySpan<float> x, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[32];
        AffineCodes(x, codes, block, highest: 15);
        PackNibbles(codes, block[4..]);
    }

    private static void QuantiseQ5_1(ReadOnlySpan<float> x, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[32];
        AffineCodes(x, codes, block, highest: 31);
        PackFifthBits(codes, block[4..]);
        PackNibbles(codes, block[8..]);
    }

    private static void SymmetricCodes(ReadOnlySpan<float> x, Span<byte> codes, Span<byte> block, int lowest)
    {
        var d = ValueOfLargestMagnitude(x) / -lowest;
        var inverse = InverseOrZero(d);
        HalfNumber.Write(block, d);
        for (var i = 0; i < codes.Length; i++) codes[i] = (byte)Math.Min(2 * lowest - 1, Truncate(x[i] * inverse + (lowest + 0.5f)));
    }

    private static void AffineCodes(ReadOnlySpan<float> x, Span<byte> codes, Span<byte> block, int highest)
    {
        var (minimum, maximum) = (TensorPrimitives.Min(x), TensorPrimitives.Max(x));
        var d = (maximum - minimum) / highest;
        var inverse = InverseOrZero(d);
        HalfNumber.Write(block, d);
        HalfNumber.Write(block[2..], minimum);
        for (var i = 0; i < codes.Length; i++) codes[i] = (byte)Math.Min(highest, Truncate((x[i] - minimum) * inverse + 0.5f));
    }

    /// <summary>The first value whose magnitude is the largest, with its sign; 0 for zeros.</summary>
    private static float ValueOfLargestMagnitude(ReadOnlySpan<float> x)
    {
        var best = 0f;
        foreach (var value in x)
            if (MathF.Abs(value) > MathF.Abs(best)) best = value;
        return best;
    }

    private static float InverseOrZero(float d) => d == 0 ? 0f : 1f / d;

    /// <summary>Towards zero; what does not fit an int (a scale so small that its inverse is infinite) is 0, as the reference's bytes have it.</summary>
    private static int Truncate(float value) => MathF.Abs(value) < 2147483648f ? (int)value : 0;

    private static void PackNibbles(ReadOnlySpan<byte> codes, Span<byte> destination)
    {
        for (var i = 0; i < 16; i++) destination[i] = (byte)(codes[i] & 15 | codes[i + 16] << 4);
    }

    private static void PackFifthBits(ReadOnlySpan<byte> codes, Span<byte> destination)
    {
        var bits = 0u;
        for (var i = 0; i < 32; i++) bits |= (uint)(codes[i] >> 4 & 1) << i;
        BinaryPrimitives.WriteUInt32LittleEndian(destination, bits);
    }

    private static void QuantiseQ8_0(ReadOnlySpan<float> x, Span<byte> block) =>
        HalfNumber.Write(block, EightBitCodes(x, block[2..]));

    private static void QuantiseQ8_1(ReadOnlySpan<float> x, Span<byte> block)
    {
        var d = EightBitCodes(x, block[4..]);
        HalfNumber.Write(block, d);
        var sum = 0;
        foreach (var code in MemoryMarshal.Cast<byte, sbyte>(block[4..])) sum += code;
        HalfNumber.Write(block[2..], sum * d);
    }

    /// <summary>32 codes x/d rounded half away from zero, d = largest magnitude / 127; gives back d.</summary>
    private static float EightBitCodes(ReadOnlySpan<float> x, Span<byte> codes)
    {
        var low = Vector512.Create(x);
        var high = Vector512.Create(x[16..]);
        var magnitudes = Vector512.Max(Vector512.Abs(low), Vector512.Abs(high));
        var halved = Vector256.Max(magnitudes.GetLower(), magnitudes.GetUpper());
        var quarter = Vector128.Max(halved.GetLower(), halved.GetUpper());
        var largest = MathF.Max(MathF.Max(quarter[0], quarter[1]), MathF.Max(quarter[2], quarter[3]));

        var d = largest / 127f;
        var inverse = InverseOrZero(d);
        if (float.IsInfinity(inverse)) inverse = 0f; // codes 0, as the reference's bytes have it
        var shorts = Vector512.Narrow(Rounded(low * inverse), Rounded(high * inverse));
        Vector256.Narrow(shorts.GetLower(), shorts.GetUpper()).AsByte().CopyTo(codes);
        return d;

        // The largest float below a half, with x's sign, then towards zero: exactly C's roundf.
        static Vector512<int> Rounded(Vector512<float> x) =>
            Vector512.ConvertToInt32(x + (x & Vector512.Create(-0f) | Vector512.Create(0.49999997f)));
    }

    /// <summary>A float scale -largest/127, 256 codes rounded half to even, and their sums of 16.</summary>
    private static void QuantiseQ8_K(ReadOnlySpan<float> x, Span<byte> block)
    {
        block.Clear();
        var largest = ValueOfLargestMagnitude(x);
        if (largest == 0) return;
        var inverse = -127f / largest;
        var codes = MemoryMarshal.Cast<byte, sbyte>(block.Slice(4, 256));
        var sums = MemoryMarshal.Cast<byte, short>(block[260..]);
        for (var i = 0; i < 256; i++)
        {
            codes[i] = (sbyte)Math.Min(127, Truncate(MathF.Round(inverse * x[i])));
            sums[i / 16] += codes[i];
        }

        BinaryPrimitives.WriteSingleLittleEndian(block, 1f / inverse);
    }
}
