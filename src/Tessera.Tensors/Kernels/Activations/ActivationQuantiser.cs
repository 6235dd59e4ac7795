using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Tensors.Threads;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// Quantises rows of activations into <see cref="ActivationLayout"/>: q = round-half-even(x · (L/max|x|)), scale = max|x|/L, with L = 127
/// or 127·256. The same bits in every vector width. A block that holds an infinity or a NaN gets the scale NaN, so that nothing non-finite
/// passes as a number; one whose values are all below 1e-33 (the reciprocal would overflow) counts as zero.
/// </summary>
internal readonly unsafe struct ActivationQuantiser(float* x, int xStride, int rows, int columns, byte* to, bool wide) : IParallelJob
{
    /// <summary>Rows of a part.</summary>
    public const int PartRows = 16;

    private const float Smallest = 1e-33f;

    /// <inheritdoc/>
    public void Run(int part, int worker)
    {
        var last = Math.Min(rows, (part + 1) * PartRows);
        var rowBytes = ActivationLayout.RowBytes(columns, wide);
        for (var row = part * PartRows; row < last; row++) Row(x + (long)row * xStride, columns, to + row * rowBytes, wide);
    }

    /// <summary>Quantises one row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row(float* x, int columns, byte* to, bool wide)
    {
        var largest = wide ? ActivationLayout.LargestWide : ActivationLayout.Largest;
        var values = ActivationLayout.ValueBytes(wide);
        for (var k = 0; k < columns; k += PanelLayout.BlockLength, x += PanelLayout.BlockLength, to += values + ActivationLayout.TailBytes)
        {
            var (x0, x1, x2, x3) = (Vector256.Load(x), Vector256.Load(x + 8), Vector256.Load(x + 16), Vector256.Load(x + 24));
            var peak = Peak(x0, x1, x2, x3);
            var scale = peak / largest;
            var factor = largest / peak;
            if (!(peak >= Smallest)) (scale, factor) = (0, 0);
            if (!float.IsFinite(peak))
            {
                (scale, factor) = (float.NaN, 0);
                x0 = x1 = x2 = x3 = Vector256<float>.Zero;
            }

            var (q0, q1, q2, q3) = (Round(x0, factor), Round(x1, factor), Round(x2, factor), Round(x3, factor));
            var first = Vector256.Sum(q0 + q1);
            var sum = first + Vector256.Sum(q2 + q3);
            if (wide)
            {
                var half = Vector256.Create(128);
                var (h0, h1, h2, h3) = ((q0 + half) >> 8, (q1 + half) >> 8, (q2 + half) >> 8, (q3 + half) >> 8);
                Narrow(h0, h1, h2, h3).Store((sbyte*)to);
                Narrow(q0 - (h0 << 8), q1 - (h1 << 8), q2 - (h2 << 8), q3 - (h3 << 8)).Store((sbyte*)to + 32);
            }
            else
            {
                Narrow(q0, q1, q2, q3).Store((sbyte*)to);
            }

            var tail = to + values;
            *(int*)(tail + ActivationLayout.Start) = -128 * sum;
            *(float*)(tail + ActivationLayout.Scale) = scale;
            *(float*)(tail + ActivationLayout.ScaledSum) = scale * sum;
            *(int*)(tail + ActivationLayout.FirstHalfStart) = -128 * first;
        }
    }

    /// <summary>The specification of <see cref="Row"/>, value by value.</summary>
    public static void RowScalar(float* x, int columns, byte* to, bool wide)
    {
        var largest = wide ? ActivationLayout.LargestWide : ActivationLayout.Largest;
        var values = ActivationLayout.ValueBytes(wide);
        for (var k = 0; k < columns; k += PanelLayout.BlockLength, x += PanelLayout.BlockLength, to += values + ActivationLayout.TailBytes)
        {
            var peak = 0f;
            for (var i = 0; i < PanelLayout.BlockLength; i++) peak = float.IsFinite(x[i]) && float.IsFinite(peak) ? Math.Max(peak, Math.Abs(x[i])) : float.NaN;
            var finite = float.IsFinite(peak);
            var factor = finite && peak >= Smallest ? largest / peak : 0;
            var scale = !finite ? float.NaN : peak >= Smallest ? peak / largest : 0;
            var (sum, first) = (0, 0);
            for (var i = 0; i < PanelLayout.BlockLength; i++)
            {
                var q = finite ? (int)MathF.Round(x[i] * factor, MidpointRounding.ToEven) : 0;
                sum += q;
                if (i < 16) first += q;
                var upper = wide ? (q + 128) >> 8 : q;
                ((sbyte*)to)[i] = (sbyte)upper;
                if (wide) ((sbyte*)to)[i + 32] = (sbyte)(q - 256 * upper);
            }

            var tail = to + values;
            *(int*)(tail + ActivationLayout.Start) = -128 * sum;
            *(float*)(tail + ActivationLayout.Scale) = scale;
            *(float*)(tail + ActivationLayout.ScaledSum) = scale * sum;
            *(int*)(tail + ActivationLayout.FirstHalfStart) = -128 * first;
        }
    }

    // The largest magnitude as bits: integers order like the floats, and infinities and NaNs come out on top.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Peak(Vector256<float> x0, Vector256<float> x1, Vector256<float> x2, Vector256<float> x3)
    {
        var mask = Vector256.Create(0x7FFFFFFF);
        var m = Vector256.Max(
            Vector256.Max(x0.AsInt32() & mask, x1.AsInt32() & mask),
            Vector256.Max(x2.AsInt32() & mask, x3.AsInt32() & mask));
        var n = Vector128.Max(m.GetLower(), m.GetUpper());
        n = Vector128.Max(n, Vector128.Shuffle(n, Vector128.Create(2, 3, 0, 1)));
        n = Vector128.Max(n, Vector128.Shuffle(n, Vector128.Create(1, 0, 3, 2)));
        return BitConverter.Int32BitsToSingle(n.ToScalar());
    }

    // Adding 1.5·2^23 leaves the integer, rounded half to even, in the low bits; |x·factor| ≤ 32512 is far inside the range where that holds.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Round(Vector256<float> x, float factor)
    {
        const float Magic = 12_582_912f;
        return (x * factor + Vector256.Create(Magic)).AsInt32() - Vector256.Create(Magic).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Narrow(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d) =>
        Vector256.Narrow(Vector256.Narrow(a, b), Vector256.Narrow(c, d));
}
