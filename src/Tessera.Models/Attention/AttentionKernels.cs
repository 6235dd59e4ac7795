using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Models.Attention;

/// <summary>
/// The two products of attention on one page of 32 keys, for 8, 4 or 1 queries. Every score is one chain over the head's dimensions
/// (lanes are keys), every output float one chain over keys (lanes are dimensions), with fused multiply-adds: how many queries share a
/// call changes no bit. Same bits with 512- and 256-bit registers.
/// </summary>
internal static unsafe class AttentionKernels
{
    internal const int Tile = 8;
    private const int Keys = 32;

    /// <summary>scores[r·stride + key] = Σ_i queries[i·rows + r] · keys[i·32 + key], for <paramref name="rows"/> = 8, 4 or 1.</summary>
    internal static void Scores(int rows, float* queries, float* keys, int size, float* scores, nint stride)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            if (rows == 8) Scores8(queries, keys, size, scores, stride);
            else if (rows == 4) Scores4(queries, keys, size, scores, stride);
            else Scores1(queries, keys, size, scores);
            return;
        }

        for (var r = 0; r < rows; r += 2)
        {
            for (var half = 0; half < Keys; half += 16) Scores256(rows, Math.Min(2, rows - r), queries + r, keys + half, size, scores + r * stride + half, stride);
        }
    }

    /// <summary>
    /// sums[r·sumStride + c] += Σ_key weights[r·stride + key] · values[key·width + c] over keys [0, count), for 8, 4 or 1 rows.
    /// </summary>
    /// <param name="rows">8, 4 or 1.</param>
    /// <param name="weights">The weights of the first key.</param>
    /// <param name="stride">Floats between the weights of two rows.</param>
    /// <param name="values">[count, width].</param>
    /// <param name="count">Keys.</param>
    /// <param name="width">Floats of a value, a multiple of 16.</param>
    /// <param name="sums">The running sums.</param>
    /// <param name="sumStride">Floats between the sums of two rows.</param>
    internal static void Mix(int rows, float* weights, nint stride, float* values, int count, int width, float* sums, nint sumStride)
    {
        if (rows == 1)
        {
            var c = 0;
            for (; c + 64 <= width; c += 64) Mix1x64(weights, values + c, count, width, sums + c);
            for (; c < width; c += 16) Mix1x16(weights, values + c, count, width, sums + c);
        }
        else if (rows == 4)
        {
            var c = 0;
            for (; Vector512.IsHardwareAccelerated && c + 64 <= width; c += 64) Mix4x64(weights, stride, values + c, count, width, sums + c, sumStride);
            for (; c < width; c += 16) Mix4x16(weights, stride, values + c, count, width, sums + c, sumStride);
        }
        else if (Vector512.IsHardwareAccelerated)
        {
            var c = 0;
            for (; c + 32 <= width; c += 32) Mix8x32(weights, stride, values + c, count, width, sums + c, sumStride);
            if (c < width) Mix8x16(weights, stride, values + c, count, width, sums + c, sumStride);
        }
        else
        {
            for (var r = 0; r < rows; r += 4)
            {
                for (var c = 0; c < width; c += 16) Mix4x16(weights + r * stride, stride, values + c, count, width, sums + r * sumStride + c, sumStride);
            }
        }
    }

    /// <summary>
    /// sums[r·width + c] += Σ_j weights[j·stride + r] · values[j·width + c] over j in [0, count), for any number of rows: the product with the
    /// weights transposed, which carries gradients to keys and values.
    /// </summary>
    internal static void MixTransposed(int rows, float* weights, nint stride, float* values, int count, int width, float* sums)
    {
        var r = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; r + 8 <= rows; r += 8)
            {
                for (var c = 0; c < width; c += 16) MixTransposed8x16(weights + r, stride, values + c, count, width, sums + (long)r * width + c);
            }
        }

        for (; r < rows; r++)
        {
            for (var c = 0; c < width; c += 16)
            {
                var sum = Vector512.Load(sums + (long)r * width + c);
                for (var j = 0; j < count; j++) sum = Vector512.FusedMultiplyAdd(Vector512.Create(weights[j * stride + r]), Vector512.Load(values + (long)j * width + c), sum);
                sum.Store(sums + (long)r * width + c);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MixTransposed8x16(float* w, nint stride, float* v, int count, int width, float* sums)
    {
        float* s1 = sums + width, s2 = s1 + width, s3 = s2 + width, s4 = s3 + width, s5 = s4 + width, s6 = s5 + width, s7 = s6 + width;
        Vector512<float> a0 = Vector512.Load(sums), a1 = Vector512.Load(s1), a2 = Vector512.Load(s2), a3 = Vector512.Load(s3);
        Vector512<float> a4 = Vector512.Load(s4), a5 = Vector512.Load(s5), a6 = Vector512.Load(s6), a7 = Vector512.Load(s7);
        for (var j = 0; j < count; j++, v += width, w += stride)
        {
            var x = Vector512.Load(v);
            a0 = Vector512.FusedMultiplyAdd(Vector512.Create(w[0]), x, a0);
            a1 = Vector512.FusedMultiplyAdd(Vector512.Create(w[1]), x, a1);
            a2 = Vector512.FusedMultiplyAdd(Vector512.Create(w[2]), x, a2);
            a3 = Vector512.FusedMultiplyAdd(Vector512.Create(w[3]), x, a3);
            a4 = Vector512.FusedMultiplyAdd(Vector512.Create(w[4]), x, a4);
            a5 = Vector512.FusedMultiplyAdd(Vector512.Create(w[5]), x, a5);
            a6 = Vector512.FusedMultiplyAdd(Vector512.Create(w[6]), x, a6);
            a7 = Vector512.FusedMultiplyAdd(Vector512.Create(w[7]), x, a7);
        }

        a0.Store(sums);
        a1.Store(s1);
        a2.Store(s2);
        a3.Store(s3);
        a4.Store(s4);
        a5.Store(s5);
        a6.Store(s6);
        a7.Store(s7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scores8(float* q, float* k, int size, float* scores, nint stride)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default, b7 = default;
        for (var i = 0; i < size; i++, q += 8, k += Keys)
        {
            var (low, high) = (Vector512.Load(k), Vector512.Load(k + 16));
            var x = Vector512.Create(q[0]);
            (a0, b0) = (Vector512.FusedMultiplyAdd(x, low, a0), Vector512.FusedMultiplyAdd(x, high, b0));
            x = Vector512.Create(q[1]);
            (a1, b1) = (Vector512.FusedMultiplyAdd(x, low, a1), Vector512.FusedMultiplyAdd(x, high, b1));
            x = Vector512.Create(q[2]);
            (a2, b2) = (Vector512.FusedMultiplyAdd(x, low, a2), Vector512.FusedMultiplyAdd(x, high, b2));
            x = Vector512.Create(q[3]);
            (a3, b3) = (Vector512.FusedMultiplyAdd(x, low, a3), Vector512.FusedMultiplyAdd(x, high, b3));
            x = Vector512.Create(q[4]);
            (a4, b4) = (Vector512.FusedMultiplyAdd(x, low, a4), Vector512.FusedMultiplyAdd(x, high, b4));
            x = Vector512.Create(q[5]);
            (a5, b5) = (Vector512.FusedMultiplyAdd(x, low, a5), Vector512.FusedMultiplyAdd(x, high, b5));
            x = Vector512.Create(q[6]);
            (a6, b6) = (Vector512.FusedMultiplyAdd(x, low, a6), Vector512.FusedMultiplyAdd(x, high, b6));
            x = Vector512.Create(q[7]);
            (a7, b7) = (Vector512.FusedMultiplyAdd(x, low, a7), Vector512.FusedMultiplyAdd(x, high, b7));
        }

        Store(a0, b0, scores);
        Store(a1, b1, scores += stride);
        Store(a2, b2, scores += stride);
        Store(a3, b3, scores += stride);
        Store(a4, b4, scores += stride);
        Store(a5, b5, scores += stride);
        Store(a6, b6, scores += stride);
        Store(a7, b7, scores + stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scores4(float* q, float* k, int size, float* scores, nint stride)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        for (var i = 0; i < size; i++, q += 4, k += Keys)
        {
            var (low, high) = (Vector512.Load(k), Vector512.Load(k + 16));
            var x = Vector512.Create(q[0]);
            (a0, b0) = (Vector512.FusedMultiplyAdd(x, low, a0), Vector512.FusedMultiplyAdd(x, high, b0));
            x = Vector512.Create(q[1]);
            (a1, b1) = (Vector512.FusedMultiplyAdd(x, low, a1), Vector512.FusedMultiplyAdd(x, high, b1));
            x = Vector512.Create(q[2]);
            (a2, b2) = (Vector512.FusedMultiplyAdd(x, low, a2), Vector512.FusedMultiplyAdd(x, high, b2));
            x = Vector512.Create(q[3]);
            (a3, b3) = (Vector512.FusedMultiplyAdd(x, low, a3), Vector512.FusedMultiplyAdd(x, high, b3));
        }

        Store(a0, b0, scores);
        Store(a1, b1, scores += stride);
        Store(a2, b2, scores += stride);
        Store(a3, b3, scores + stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scores1(float* q, float* k, int size, float* scores)
    {
        Vector512<float> a = default, b = default;
        for (var i = 0; i < size; i++, k += Keys)
        {
            var x = Vector512.Create(q[i]);
            a = Vector512.FusedMultiplyAdd(x, Vector512.Load(k), a);
            b = Vector512.FusedMultiplyAdd(x, Vector512.Load(k + 16), b);
        }

        Store(a, b, scores);
    }

    // One or two queries and 16 keys.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scores256(int step, int rows, float* q, float* k, int size, float* scores, nint stride)
    {
        Vector256<float> a0 = default, b0 = default, a1 = default, b1 = default;
        var second = rows - 1; // with one row the second chain repeats the first
        for (var i = 0; i < size; i++, q += step, k += Keys)
        {
            var (low, high) = (Vector256.Load(k), Vector256.Load(k + 8));
            var x = Vector256.Create(q[0]);
            (a0, b0) = (Vector256.FusedMultiplyAdd(x, low, a0), Vector256.FusedMultiplyAdd(x, high, b0));
            x = Vector256.Create(q[second]);
            (a1, b1) = (Vector256.FusedMultiplyAdd(x, low, a1), Vector256.FusedMultiplyAdd(x, high, b1));
        }

        a0.Store(scores);
        b0.Store(scores + 8);
        a1.Store(scores + second * stride);
        b1.Store(scores + second * stride + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix8x32(float* w, nint stride, float* v, int count, int width, float* sums, nint sumStride)
    {
        float* w1 = w + stride, w2 = w1 + stride, w3 = w2 + stride, w4 = w3 + stride, w5 = w4 + stride, w6 = w5 + stride, w7 = w6 + stride;
        var s = sums;
        var (a0, b0) = Load(s);
        var (a1, b1) = Load(s += sumStride);
        var (a2, b2) = Load(s += sumStride);
        var (a3, b3) = Load(s += sumStride);
        var (a4, b4) = Load(s += sumStride);
        var (a5, b5) = Load(s += sumStride);
        var (a6, b6) = Load(s += sumStride);
        var (a7, b7) = Load(s + sumStride);
        for (var j = 0; j < count; j++, v += width)
        {
            var (low, high) = (Vector512.Load(v), Vector512.Load(v + 16));
            var x = Vector512.Create(w[j]);
            (a0, b0) = (Vector512.FusedMultiplyAdd(x, low, a0), Vector512.FusedMultiplyAdd(x, high, b0));
            x = Vector512.Create(w1[j]);
            (a1, b1) = (Vector512.FusedMultiplyAdd(x, low, a1), Vector512.FusedMultiplyAdd(x, high, b1));
            x = Vector512.Create(w2[j]);
            (a2, b2) = (Vector512.FusedMultiplyAdd(x, low, a2), Vector512.FusedMultiplyAdd(x, high, b2));
            x = Vector512.Create(w3[j]);
            (a3, b3) = (Vector512.FusedMultiplyAdd(x, low, a3), Vector512.FusedMultiplyAdd(x, high, b3));
            x = Vector512.Create(w4[j]);
            (a4, b4) = (Vector512.FusedMultiplyAdd(x, low, a4), Vector512.FusedMultiplyAdd(x, high, b4));
            x = Vector512.Create(w5[j]);
            (a5, b5) = (Vector512.FusedMultiplyAdd(x, low, a5), Vector512.FusedMultiplyAdd(x, high, b5));
            x = Vector512.Create(w6[j]);
            (a6, b6) = (Vector512.FusedMultiplyAdd(x, low, a6), Vector512.FusedMultiplyAdd(x, high, b6));
            x = Vector512.Create(w7[j]);
            (a7, b7) = (Vector512.FusedMultiplyAdd(x, low, a7), Vector512.FusedMultiplyAdd(x, high, b7));
        }

        Store(a0, b0, sums);
        Store(a1, b1, sums += sumStride);
        Store(a2, b2, sums += sumStride);
        Store(a3, b3, sums += sumStride);
        Store(a4, b4, sums += sumStride);
        Store(a5, b5, sums += sumStride);
        Store(a6, b6, sums += sumStride);
        Store(a7, b7, sums + sumStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix4x64(float* w, nint stride, float* v, int count, int width, float* sums, nint sumStride)
    {
        float* w1 = w + stride, w2 = w1 + stride, w3 = w2 + stride;
        float* s1 = sums + sumStride, s2 = s1 + sumStride, s3 = s2 + sumStride;
        var (a0, b0) = Load(sums);
        var (c0, d0) = Load(sums + 32);
        var (a1, b1) = Load(s1);
        var (c1, d1) = Load(s1 + 32);
        var (a2, b2) = Load(s2);
        var (c2, d2) = Load(s2 + 32);
        var (a3, b3) = Load(s3);
        var (c3, d3) = Load(s3 + 32);
        for (var j = 0; j < count; j++, v += width)
        {
            Vector512<float> x0 = Vector512.Create(w[j]), x1 = Vector512.Create(w1[j]), x2 = Vector512.Create(w2[j]), x3 = Vector512.Create(w3[j]);
            var value = Vector512.Load(v);
            (a0, a1) = (Vector512.FusedMultiplyAdd(x0, value, a0), Vector512.FusedMultiplyAdd(x1, value, a1));
            (a2, a3) = (Vector512.FusedMultiplyAdd(x2, value, a2), Vector512.FusedMultiplyAdd(x3, value, a3));
            value = Vector512.Load(v + 16);
            (b0, b1) = (Vector512.FusedMultiplyAdd(x0, value, b0), Vector512.FusedMultiplyAdd(x1, value, b1));
            (b2, b3) = (Vector512.FusedMultiplyAdd(x2, value, b2), Vector512.FusedMultiplyAdd(x3, value, b3));
            value = Vector512.Load(v + 32);
            (c0, c1) = (Vector512.FusedMultiplyAdd(x0, value, c0), Vector512.FusedMultiplyAdd(x1, value, c1));
            (c2, c3) = (Vector512.FusedMultiplyAdd(x2, value, c2), Vector512.FusedMultiplyAdd(x3, value, c3));
            value = Vector512.Load(v + 48);
            (d0, d1) = (Vector512.FusedMultiplyAdd(x0, value, d0), Vector512.FusedMultiplyAdd(x1, value, d1));
            (d2, d3) = (Vector512.FusedMultiplyAdd(x2, value, d2), Vector512.FusedMultiplyAdd(x3, value, d3));
        }

        Store(a0, b0, sums);
        Store(c0, d0, sums + 32);
        Store(a1, b1, s1);
        Store(c1, d1, s1 + 32);
        Store(a2, b2, s2);
        Store(c2, d2, s2 + 32);
        Store(a3, b3, s3);
        Store(c3, d3, s3 + 32);
    }

    // A head whose width is an odd number of vectors: rare, so row by row.
    private static void Mix8x16(float* w, nint stride, float* v, int count, int width, float* sums, nint sumStride)
    {
        for (var r = 0; r < 8; r++) Mix1x16(w + r * stride, v, count, width, sums + r * sumStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix1x64(float* w, float* v, int count, int width, float* sums)
    {
        var (a, b) = Load(sums);
        var (c, d) = Load(sums + 32);
        for (var j = 0; j < count; j++, v += width)
        {
            var x = Vector512.Create(w[j]);
            a = Vector512.FusedMultiplyAdd(x, Vector512.Load(v), a);
            b = Vector512.FusedMultiplyAdd(x, Vector512.Load(v + 16), b);
            c = Vector512.FusedMultiplyAdd(x, Vector512.Load(v + 32), c);
            d = Vector512.FusedMultiplyAdd(x, Vector512.Load(v + 48), d);
        }

        Store(a, b, sums);
        Store(c, d, sums + 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix1x16(float* w, float* v, int count, int width, float* sums)
    {
        var a = Vector512.Load(sums);
        for (var j = 0; j < count; j++, v += width) a = Vector512.FusedMultiplyAdd(Vector512.Create(w[j]), Vector512.Load(v), a);
        a.Store(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix4x16(float* w, nint stride, float* v, int count, int width, float* sums, nint sumStride)
    {
        float* w1 = w + stride, w2 = w1 + stride, w3 = w2 + stride;
        float* s1 = sums + sumStride, s2 = s1 + sumStride, s3 = s2 + sumStride;
        Vector256<float> a0 = Vector256.Load(sums), b0 = Vector256.Load(sums + 8), a1 = Vector256.Load(s1), b1 = Vector256.Load(s1 + 8);
        Vector256<float> a2 = Vector256.Load(s2), b2 = Vector256.Load(s2 + 8), a3 = Vector256.Load(s3), b3 = Vector256.Load(s3 + 8);
        for (var j = 0; j < count; j++, v += width)
        {
            var (low, high) = (Vector256.Load(v), Vector256.Load(v + 8));
            var x = Vector256.Create(w[j]);
            (a0, b0) = (Vector256.FusedMultiplyAdd(x, low, a0), Vector256.FusedMultiplyAdd(x, high, b0));
            x = Vector256.Create(w1[j]);
            (a1, b1) = (Vector256.FusedMultiplyAdd(x, low, a1), Vector256.FusedMultiplyAdd(x, high, b1));
            x = Vector256.Create(w2[j]);
            (a2, b2) = (Vector256.FusedMultiplyAdd(x, low, a2), Vector256.FusedMultiplyAdd(x, high, b2));
            x = Vector256.Create(w3[j]);
            (a3, b3) = (Vector256.FusedMultiplyAdd(x, low, a3), Vector256.FusedMultiplyAdd(x, high, b3));
        }

        a0.Store(sums);
        b0.Store(sums + 8);
        a1.Store(s1);
        b1.Store(s1 + 8);
        a2.Store(s2);
        b2.Store(s2 + 8);
        a3.Store(s3);
        b3.Store(s3 + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Low, Vector512<float> High) Load(float* source) => (Vector512.Load(source), Vector512.Load(source + 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> low, Vector512<float> high, float* target)
    {
        low.Store(target);
        high.Store(target + 16);
    }
}
