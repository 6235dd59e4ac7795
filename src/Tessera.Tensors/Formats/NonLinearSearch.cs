using System.Runtime.Intrinsics;
using Tessera.Tensors.Formats.Tables;

namespace Tessera.Tensors.Formats;

/// <summary>
/// What <see cref="ScaleSearch"/> does, for the table of sixteen values that IQ4_NL and IQ4_XS have instead of integers. Blocks of 32.
/// </summary>
internal static class NonLinearSearch
{
    private static readonly float[] Values = Enumerable.Range(0, 16).Select(i => (float)NibbleValues.NonLinear[i]).ToArray();

    // Halfway between neighbours; a value on the way goes up.
    private static readonly float[] Thresholds = Enumerable.Range(0, 15).Select(i => 0.5f * (Values[i] + Values[i + 1])).ToArray();

    /// <summary>The scale s (of either sign) for x ≈ s·value.</summary>
    public static float Scale(ReadOnlySpan<float> x)
    {
        var largest = 0f;
        foreach (var value in x)
            if (MathF.Abs(value) > MathF.Abs(largest)) largest = value;
        if (largest == 0) return 0f;

        var (best, bestGain) = (0f, 0f);
        for (var step = -8; step <= 8; step++)
        {
            // The largest value lies at the table's lowest, -127, give or take 8, or at its highest, 113.
            Improve(x, -(127 + step) / largest, ref best, ref bestGain);
            Improve(x, (113 + step) / largest, ref best, ref bestGain);
        }

        return best;
    }

    // With codes fixed, the best scale is Σxv/Σv², and it lowers the squared error by (Σxv)²/Σv².
    private static void Improve(ReadOnlySpan<float> x, float inverse, ref float best, ref float bestGain)
    {
        var (xv, vv) = (Vector512<float>.Zero, Vector512<float>.Zero);
        for (var i = 0; i < x.Length; i += 16)
        {
            var value = Vector512.Create(x[i..]);
            var nearest = Nearest(value * inverse);
            xv += value * nearest;
            vv += nearest * nearest;
        }

        var (sumXv, sumVv) = (ScaleSearch.Sum(xv), ScaleSearch.Sum(vv));
        if (sumXv * sumXv <= bestGain * sumVv) return;
        best = sumXv / sumVv;
        bestGain = sumXv * best;
    }

    /// <summary>The squared error of x ≈ scale·value with the nearest values.</summary>
    public static float Error(ReadOnlySpan<float> x, float scale)
    {
        var inverse = ScaleSearch.InverseOrZero(scale);
        var error = Vector512<float>.Zero;
        for (var i = 0; i < x.Length; i += 16)
        {
            var value = Vector512.Create(x[i..]);
            var difference = value - Nearest(value * inverse) * scale;
            error += difference * difference;
        }

        return ScaleSearch.Sum(error);
    }

    /// <summary>The codes of 32 values, the first 16 in the low nibbles.</summary>
    public static void Pack(ReadOnlySpan<float> x, float scale, Span<byte> destination)
    {
        var inverse = ScaleSearch.InverseOrZero(scale);
        for (var i = 0; i < 16; i++) destination[i] = (byte)(Code(x[i] * inverse) | Code(x[i + 16] * inverse) << 4);

        static int Code(float scaled)
        {
            var code = 0;
            foreach (var threshold in Thresholds)
                if (scaled >= threshold) code++;
            return code;
        }
    }

    private static Vector512<float> Nearest(Vector512<float> scaled)
    {
        var nearest = Vector512.Create(Values[0]);
        for (var i = 0; i < Thresholds.Length; i++)
            nearest = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(scaled, Vector512.Create(Thresholds[i])), Vector512.Create(Values[i + 1]), nearest);
        return nearest;
    }
}
