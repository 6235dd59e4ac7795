namespace Tessera.Tensors.Formats;

/// <remarks>
/// Quantisers of the K-quants. Each block's scale (and minimum) is searched for alone; the largest fix d (and dmin); then each block chooses
/// among the neighbouring small integers the pair with the least error, with d as half precision holds it.
/// </remarks>
public sealed unsafe partial record BlockFormat
{
    private const float LargestHalf = 65504f;

    private static void QuantiseQ2_K(ReadOnlySpan<float> x, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[256], scales = stackalloc byte[16], minima = stackalloc byte[16];
        AffineSuperBlock(x, 16, highestCode: 3, highestScale: 15, codes, scales, minima, block[80..]);
        for (var i = 0; i < 16; i++) block[i] = (byte)(scales[i] | minima[i] << 4);
        PackTwoBits(codes, block[16..]);
    }

    private static void QuantiseQ4_K(ReadOnlySpan<float> x, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[256], scales = stackalloc byte[8], minima = stackalloc byte[8];
        AffineSuperBlock(x, 32, highestCode: 15, highestScale: 63, codes, scales, minima, block);
        PackSixBitPairs(scales, minima, block[4..]);
        PackNibblePairs(codes, block[16..]);
    }

    private static void QuantiseQ5_K(ReadOnlySpan<float> x, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[256], scales = stackalloc byte[8], minima = stackalloc byte[8];
        AffineSuperBlock(x, 32, highestCode: 31, highestScale: 63, codes, scales, minima, block);
        PackSixBitPairs(scales, minima, block[4..]);
        var fifth = block.Slice(16, 32);
        fifth.Clear();
        for (var i = 0; i < 256; i++) fifth[i % 32] |= (byte)(codes[i] >> 4 << i / 32);
        PackNibblePairs(codes, block[48..]);
    }

    private static void QuantiseQ3_K(ReadOnlySpan<float> x, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[256];
        Span<sbyte> scales = stackalloc sbyte[16];
        SymmetricSuperBlock(x, lowestCode: 4, lowestScale: 32, codes, scales, block[108..]);
        block[..32].Clear();
        for (var i = 0; i < 256; i++) block[i % 32] |= (byte)(codes[i] >> 2 << i / 32);
        PackTwoBits(codes, block[32..]);
        var packed = block.Slice(96, 12);
        packed.Clear();
        for (var i = 0; i < 16; i++)
        {
            var scale = scales[i] + 32;
            packed[i % 8] |= (byte)((scale & 15) << i / 8 * 4);
            packed[8 + i % 4] |= (byte)(scale >> 4 << i / 4 * 2);
        }
    }

    private static void QuantiseQ6_K(ReadOnlySpan<float> x, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[256];
        Span<sbyte> scales = stackalloc sbyte[16];
        SymmetricSuperBlock(x, lowestCode: 32, lowestScale: 128, codes, scales, block[208..]);
        for (var i = 0; i < 64; i++)
        {
            var first = codes[(i / 32 * 128 + i % 32)..];
            var at = i / 32 * 64 + i % 32;
            block[at] = (byte)(first[0] & 15 | (first[64] & 15) << 4);
            block[at + 32] = (byte)(first[32] & 15 | (first[96] & 15) << 4);
            block[128 + i] = (byte)(first[0] >> 4 | first[32] >> 4 << 2 | first[64] >> 4 << 4 | first[96] >> 4 << 6);
        }

        for (var i = 0; i < 16; i++) block[192 + i] = (byte)scales[i];
    }

    /// <summary>x ≈ d·scale·code - dmin·minimum: the codes, the small integers, and d and dmin in half precision.</summary>
    private static void AffineSuperBlock(ReadOnlySpan<float> x, int length, int highestCode, int highestScale,
        Span<byte> codes, Span<byte> scales, Span<byte> minima, Span<byte> halves)
    {
        Span<(float Scale, float Minimum)> found = stackalloc (float, float)[scales.Length];
        Span<(byte Scale, byte Minimum)> tried = stackalloc (byte, byte)[scales.Length];
        var (largestScale, largestMinimum) = (0f, 0f);
        for (var i = 0; i < found.Length; i++)
        {
            found[i] = ScaleSearch.Affine(x.Slice(i * length, length), highestCode);
            (largestScale, largestMinimum) = (MathF.Max(largestScale, found[i].Scale), MathF.Max(largestMinimum, found[i].Minimum));
        }

        // The largest scale and minimum lie at the last integer or one or two before it: other multiples suit the other blocks better.
        var (bestError, bestD, bestDmin) = (float.PositiveInfinity, 0f, 0f);
        for (var trial = 0; trial < 9; trial++)
        {
            var d = HalfNumber.Write(halves, MathF.Min(largestScale / (highestScale - trial % 3), LargestHalf));
            var dmin = HalfNumber.Write(halves[2..], MathF.Min(largestMinimum / (highestScale - trial / 3), LargestHalf));
            var error = 0f;
            for (var i = 0; i < found.Length && error < bestError; i++)
                error += NearestPair(x.Slice(i * length, length), found[i], d, dmin, highestCode, highestScale, out tried[i]);
            if (error >= bestError) continue;
            (bestError, bestD, bestDmin) = (error, d, dmin);
            for (var i = 0; i < found.Length; i++) (scales[i], minima[i]) = tried[i];
        }

        HalfNumber.Write(halves, bestD);
        HalfNumber.Write(halves[2..], bestDmin);
        for (var i = 0; i < found.Length; i++)
            ScaleSearch.WriteAffine(x.Slice(i * length, length), bestD * scales[i], bestDmin * minima[i], highestCode, codes[(i * length)..]);
    }

    /// <summary>The multiples of d and dmin with the least squared error, at most one beside the nearest; gives back that error.</summary>
    private static float NearestPair(ReadOnlySpan<float> x, (float Scale, float Minimum) wanted, float d, float dmin, int highestCode, int highestScale,
        out (byte Scale, byte Minimum) best)
    {
        var (scale, minimum) = (NearestMultiple(wanted.Scale, d, 0, highestScale), NearestMultiple(wanted.Minimum, dmin, 0, highestScale));
        best = default;
        var bestError = float.PositiveInfinity;
        for (var s = Math.Max(scale - 1, 0); s <= Math.Min(scale + 1, highestScale); s++)
        {
            for (var m = Math.Max(minimum - 1, 0); m <= Math.Min(minimum + 1, highestScale); m++)
            {
                var error = ScaleSearch.AffineError(x, d * s, dmin * m, highestCode);
                if (error < bestError) (best, bestError) = (((byte)s, (byte)m), error);
            }
        }

        return bestError;
    }

    private static int NearestMultiple(float value, float unit, int lowest, int highest) =>
        unit == 0 ? 0 : (int)Math.Clamp(MathF.Round(value / unit), lowest, highest);

    /// <summary>x ≈ d·scale·(code - lowestCode), scale in [-lowestScale, lowestScale - 1]: the codes, the small integers, d in half precision.</summary>
    private static void SymmetricSuperBlock(ReadOnlySpan<float> x, int lowestCode, int lowestScale, Span<byte> codes, Span<sbyte> scales, Span<byte> half)
    {
        Span<float> found = stackalloc float[16];
        Span<sbyte> tried = stackalloc sbyte[16];
        for (var i = 0; i < 16; i++) found[i] = ScaleSearch.Symmetric(x.Slice(16 * i, 16), lowestCode);
        var largest = ValueOfLargestMagnitude(found);
        var (bestError, bestD) = (float.PositiveInfinity, 0f);
        for (var trial = 0; trial < 4; trial++)
        {
            var d = HalfNumber.Write(half, Math.Clamp(largest / (trial - lowestScale), -LargestHalf, LargestHalf));
            var error = 0f;
            for (var i = 0; i < 16 && error < bestError; i++)
                error += NearestScale(x.Slice(16 * i, 16), found[i], d, lowestCode, lowestScale, out tried[i]);
            if (error >= bestError) continue;
            (bestError, bestD) = (error, d);
            tried.CopyTo(scales);
        }

        HalfNumber.Write(half, bestD);
        for (var i = 0; i < 16; i++) ScaleSearch.WriteSymmetric(x.Slice(16 * i, 16), bestD * scales[i], lowestCode, codes[(16 * i)..]);
    }

    private static float NearestScale(ReadOnlySpan<float> x, float wanted, float d, int lowestCode, int lowestScale, out sbyte best)
    {
        var scale = NearestMultiple(wanted, d, -lowestScale, lowestScale - 1);
        best = 0;
        var bestError = float.PositiveInfinity;
        for (var s = Math.Max(scale - 1, -lowestScale); s <= Math.Min(scale + 1, lowestScale - 1); s++)
        {
            var error = ScaleSearch.SymmetricError(x, d * s, lowestCode);
            if (error < bestError) (best, bestError) = ((sbyte)s, error);
        }

        return bestError;
    }

    /// <summary>Each 128 codes into 32 bytes, the first 32 lowest.</summary>
    private static void PackTwoBits(ReadOnlySpan<byte> codes, Span<byte> destination)
    {
        for (var i = 0; i < 64; i++)
        {
            var first = codes[(i / 32 * 128 + i % 32)..];
            destination[i] = (byte)(first[0] & 3 | (first[32] & 3) << 2 | (first[64] & 3) << 4 | (first[96] & 3) << 6);
        }
    }

    /// <summary>Each 64 codes into 32 bytes, the first 32 in the low nibbles.</summary>
    private static void PackNibblePairs(ReadOnlySpan<byte> codes, Span<byte> destination)
    {
        for (var i = 0; i < 128; i++)
        {
            var first = codes[(i / 32 * 64 + i % 32)..];
            destination[i] = (byte)(first[0] & 15 | (first[32] & 15) << 4);
        }
    }

    /// <summary>The inverse of <see cref="ScaleOfQ4_K"/>.</summary>
    private static void PackSixBitPairs(ReadOnlySpan<byte> scales, ReadOnlySpan<byte> minima, Span<byte> destination)
    {
        for (var i = 0; i < 4; i++)
        {
            destination[i] = (byte)(scales[i] | scales[i + 4] >> 4 << 6);
            destination[i + 4] = (byte)(minima[i] | minima[i + 4] >> 4 << 6);
            destination[i + 8] = (byte)(scales[i + 4] & 15 | (minima[i + 4] & 15) << 4);
        }
    }
}
