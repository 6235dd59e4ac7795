using System.Runtime.Intrinsics;

namespace Tessera.Tensors.Formats;

/// <summary>
/// Finds scales for blocks of 16 or 32 values whose codes are small integers: for a row of candidate scales it rounds the values to codes, fits
/// the scale (and minimum) to these codes by least squares, and keeps what has the least squared error. Lanes are always sixteen and no product is
/// fused with a sum, so that the same values give the same bytes on every machine.
/// </summary>
internal static class ScaleSearch
{
    // Candidates put the outermost value up to this many tenths of a code inside or outside the last code. Farther ones never won on normal,
    // heavy-tailed and uniform rows.
    private const int Tenths = 12;

    // A candidate must lower the error by this share of the block's energy: where several are exact up to rounding, the natural one stays,
    // which the other blocks choose too.
    private const float Negligible = 1e-7f;

    /// <summary>The scale s (of either sign) for x ≈ s·code with codes in [-lowest, lowest - 1].</summary>
    public static float Symmetric(ReadOnlySpan<float> x, int lowest)
    {
        var largest = LargestMagnitude(x); // with its sign
        if (largest == 0) return 0f;
        var (best, bestGain) = (0f, 0f);
        Improve(x, lowest, -lowest / largest, ref best, ref bestGain);
        for (var step = -Tenths; step <= Tenths; step++)
        {
            var inverse = (lowest + 0.1f * step) / largest;
            Improve(x, lowest, -inverse, ref best, ref bestGain);
            Improve(x, lowest, inverse, ref best, ref bestGain); // worth a try, although the codes reach one farther down than up
        }

        return best;
    }

    // With codes fixed, the best scale is Σxc/Σc², and it lowers the squared error by (Σxc)²/Σc².
    private static void Improve(ReadOnlySpan<float> x, int lowest, float inverse, ref float best, ref float bestGain)
    {
        var (xc, cc) = (Vector512<float>.Zero, Vector512<float>.Zero);
        for (var i = 0; i < x.Length; i += 16)
        {
            var value = Vector512.Create(x[i..]);
            var code = SymmetricCodes(value, inverse, lowest);
            xc += value * code;
            cc += code * code;
        }

        var (sumXc, sumCc) = (Sum(xc), Sum(cc));
        if (sumCc <= 0 || sumXc * sumXc <= bestGain * (1f + Negligible) * sumCc) return;
        best = sumXc / sumCc;
        bestGain = sumXc * best;
    }

    /// <summary>The squared error of x ≈ scale·code with the nearest codes in [-lowest, lowest - 1].</summary>
    public static float SymmetricError(ReadOnlySpan<float> x, float scale, int lowest)
    {
        var inverse = InverseOrZero(scale);
        var error = Vector512<float>.Zero;
        for (var i = 0; i < x.Length; i += 16)
        {
            var value = Vector512.Create(x[i..]);
            var difference = value - SymmetricCodes(value, inverse, lowest) * scale;
            error += difference * difference;
        }

        return Sum(error);
    }

    /// <summary>Codes of x ≈ scale·(code - lowest), in [0, 2·lowest - 1].</summary>
    public static void WriteSymmetric(ReadOnlySpan<float> x, float scale, int lowest, Span<byte> codes)
    {
        var inverse = InverseOrZero(scale);
        for (var i = 0; i < x.Length; i++) codes[i] = (byte)(Math.Clamp(MathF.Round(x[i] * inverse), -lowest, lowest - 1) + lowest);
    }

    /// <summary>Scale s ≥ 0 and minimum m ≥ 0 for x ≈ s·code - m with codes in [0, highest].</summary>
    public static (float Scale, float Minimum) Affine(ReadOnlySpan<float> x, int highest)
    {
        var (low, high, sum) = Range(x);
        low = MathF.Min(low, 0f);
        if (high <= low) return (0f, -low);
        var best = (Scale: (high - low) / highest, Minimum: -low);
        var bestError = AffineError(x, best.Scale, best.Minimum, highest);
        var negligible = Negligible * x.Length * MathF.Max(low * low, high * high);
        for (var step = -Tenths; step <= Tenths; step++)
        {
            // Codes, regression, and once more with the codes of what was found: an outlier's block otherwise keeps the offset of its first codes.
            var (scale, minimum) = ((high - low) / (highest + 0.1f * step), -low);
            for (var pass = 0; pass < 3; pass++)
            {
                (scale, minimum) = FitAffine(x, sum, scale, minimum, highest);
                if (scale <= 0) break;
                var error = AffineError(x, scale, minimum, highest);
                if (error < bestError - negligible) (best, bestError) = ((scale, minimum), error);
            }
        }

        return best;
    }

    // With codes fixed: the regression of x on them, or on them alone where its intercept would be positive.
    private static (float Scale, float Minimum) FitAffine(ReadOnlySpan<float> x, float sumX, float scale, float minimum, int highest)
    {
        var inverse = InverseOrZero(scale);
        var (c, cc, xc) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        for (var i = 0; i < x.Length; i += 16)
        {
            var value = Vector512.Create(x[i..]);
            var code = AffineCodes(value, inverse, minimum, highest);
            c += code;
            cc += code * code;
            xc += value * code;
        }

        var (sumC, sumCc, sumXc) = (Sum(c), Sum(cc), Sum(xc));
        var determinant = x.Length * sumCc - sumC * sumC;
        if (determinant <= 0) return (0f, 0f);
        var fitted = (sumC * sumXc - sumCc * sumX) / determinant;
        return fitted >= 0 ? ((x.Length * sumXc - sumX * sumC) / determinant, fitted) : (sumXc / sumCc, 0f);
    }

    /// <summary>The squared error of x ≈ scale·code - minimum with the nearest codes in [0, highest].</summary>
    public static float AffineError(ReadOnlySpan<float> x, float scale, float minimum, int highest)
    {
        var inverse = InverseOrZero(scale);
        var error = Vector512<float>.Zero;
        for (var i = 0; i < x.Length; i += 16)
        {
            var value = Vector512.Create(x[i..]);
            var difference = value - (AffineCodes(value, inverse, minimum, highest) * scale - Vector512.Create(minimum));
            error += difference * difference;
        }

        return Sum(error);
    }

    /// <summary>The codes of x ≈ scale·code - minimum, in [0, highest].</summary>
    public static void WriteAffine(ReadOnlySpan<float> x, float scale, float minimum, int highest, Span<byte> codes)
    {
        var inverse = InverseOrZero(scale);
        for (var i = 0; i < x.Length; i++) codes[i] = (byte)Math.Clamp(MathF.Round((x[i] + minimum) * inverse), 0, highest);
    }

    private static Vector512<float> SymmetricCodes(Vector512<float> value, float inverse, int lowest) =>
        Vector512.Max(Vector512.Min(Vector512.Round(value * inverse), Vector512.Create(lowest - 1f)), Vector512.Create((float)-lowest));

    private static Vector512<float> AffineCodes(Vector512<float> value, float inverse, float minimum, int highest) =>
        Vector512.Max(Vector512.Min(Vector512.Round((value + Vector512.Create(minimum)) * inverse), Vector512.Create((float)highest)), Vector512<float>.Zero);

    /// <summary>A scale of zero, or so small that its inverse is infinite, gives the code of zero.</summary>
    public static float InverseOrZero(float scale)
    {
        var inverse = 1f / scale;
        return float.IsInfinity(inverse) ? 0f : inverse;
    }

    private static float LargestMagnitude(ReadOnlySpan<float> x)
    {
        var largest = 0f;
        foreach (var value in x)
            if (MathF.Abs(value) > MathF.Abs(largest)) largest = value;
        return largest;
    }

    private static (float Low, float High, float Sum) Range(ReadOnlySpan<float> x)
    {
        var (low, high, sum) = (x[0], x[0], 0f);
        foreach (var value in x) (low, high, sum) = (MathF.Min(low, value), MathF.Max(high, value), sum + value);
        return (low, high, sum);
    }

    /// <summary>The lanes halved again and again: one order on every machine.</summary>
    public static float Sum(Vector512<float> lanes)
    {
        var eight = lanes.GetLower() + lanes.GetUpper();
        var four = eight.GetLower() + eight.GetUpper();
        return four[0] + four[2] + (four[1] + four[3]);
    }
}
