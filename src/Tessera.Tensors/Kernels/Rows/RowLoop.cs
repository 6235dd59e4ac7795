using System.Numerics;
using System.Runtime.CompilerServices;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// The loops of all row kernels, compiled once for each function and for the machine's registers: whole registers first, then the row's end in a
/// copy filled up with zeros. A destination may be one of the sources. Sums keep the order of <see cref="Lanes"/>.
/// </summary>
internal static unsafe class RowLoop
{
    private static int Width => Vector<float>.Count;

    /// <summary>y = f(a).</summary>
    public static void Map<T>(T f, float* a, int width, float* y) where T : struct, IMap1
    {
        var i = 0;
        for (; i <= width - Width; i += Width) f.At(Vector.Load(a + i)).Store(y + i);
        if (i < width) Tail(new Padded<T>(f), a + i, null, null, null, width - i, y + i);
    }

    /// <summary>y = f(a, b).</summary>
    public static void Map<T>(T f, float* a, float* b, int width, float* y) where T : struct, IMap2
    {
        var i = 0;
        for (; i <= width - Width; i += Width) f.At(Vector.Load(a + i), Vector.Load(b + i)).Store(y + i);
        if (i < width) Tail(new Padded2<T>(f), a + i, b + i, null, null, width - i, y + i);
    }

    /// <summary>y = f(a, b, c).</summary>
    public static void Map<T>(T f, float* a, float* b, float* c, int width, float* y) where T : struct, IMap3
    {
        var i = 0;
        for (; i <= width - Width; i += Width) f.At(Vector.Load(a + i), Vector.Load(b + i), Vector.Load(c + i)).Store(y + i);
        if (i < width) Tail(new Padded3<T>(f), a + i, b + i, c + i, null, width - i, y + i);
    }

    /// <summary>y = f(a, b, c, d).</summary>
    public static void Map<T>(T f, float* a, float* b, float* c, float* d, int width, float* y) where T : struct, IMap4
    {
        var i = 0;
        for (; i <= width - Width; i += Width) f.At(Vector.Load(a + i), Vector.Load(b + i), Vector.Load(c + i), Vector.Load(d + i)).Store(y + i);
        if (i < width) Tail(f, a + i, b + i, c + i, d + i, width - i, y + i);
    }

    /// <summary>Σ f(a).</summary>
    public static double Sum<T>(T f, float* a, int width) where T : struct, IMap1 => Sum(new Padded<T>(f), a, null, null, width, null);

    /// <summary>Σ f(a, b).</summary>
    public static double Sum<T>(T f, float* a, float* b, int width) where T : struct, IMap2 => Sum(new Padded2<T>(f), a, b, null, width, null);

    /// <summary>Σ f(a, b, c).</summary>
    public static double Sum<T>(T f, float* a, float* b, float* c, int width) where T : struct, IMap3 => Sum(new Padded3<T>(f), a, b, c, width, null);

    /// <summary>y = f(a), and Σ f(a).</summary>
    public static double MapAndSum<T>(T f, float* a, int width, float* y) where T : struct, IMap1 => Sum(new Padded<T>(f), a, null, null, width, y);

    /// <summary>The sum, stored on the way where there is a destination. Sources that are null are not read.</summary>
    private static double Sum<T>(T f, float* a, float* b, float* c, int width, float* y) where T : struct, IMap4
    {
        var lanes = stackalloc float[Lanes.Count];
        var total = 0.0;
        for (var start = 0; start < width; start += Lanes.Block)
        {
            var end = Math.Min(start + Lanes.Block, width);
            var (first, second, third, fourth) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
            var i = start;
            for (; i <= end - Lanes.Count; i += Lanes.Count)
            {
                // As many registers as sixteen lanes take: what does not apply to this machine is not compiled.
                first += Part(f, a, b, c, y, i);
                if (Width <= Lanes.Count / 2) second += Part(f, a, b, c, y, i + Width);
                if (Width > Lanes.Count / 4) continue;
                third += Part(f, a, b, c, y, i + 2 * Width);
                fourth += Part(f, a, b, c, y, i + 3 * Width);
            }

            first.Store(lanes);
            if (Width <= Lanes.Count / 2) second.Store(lanes + Width);
            if (Width <= Lanes.Count / 4)
            {
                third.Store(lanes + 2 * Width);
                fourth.Store(lanes + 3 * Width);
            }

            if (i < end) AddTail(f, a + i, b is null ? null : b + i, c is null ? null : c + i, end - i, y is null ? null : y + i, lanes);
            total += Lanes.Sum(lanes);
        }

        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Part<T>(T f, float* a, float* b, float* c, float* y, int i) where T : struct, IMap4
    {
        var value = f.At(Vector.Load(a + i), Or(b, i), Or(c, i), default);
        if (y is not null) value.Store(y + i);
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Or(float* row, int i) => row is null ? default : Vector.Load(row + i);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddTail<T>(T f, float* a, float* b, float* c, int count, float* y, float* lanes) where T : struct, IMap4
    {
        var values = stackalloc float[Lanes.Count];
        Tail(f, a, b, c, null, count, values);
        for (var i = 0; i < count; i++) lanes[i] += values[i];
        if (y is not null) new ReadOnlySpan<float>(values, count).CopyTo(new Span<float>(y, count));
    }

    /// <summary>f of fewer than sixteen values.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Tail<T>(T f, float* a, float* b, float* c, float* d, int count, float* y) where T : struct, IMap4
    {
        var rows = stackalloc float[5 * Lanes.Count];
        Lanes.CopyTail(a, count, rows);
        if (b is not null) Lanes.CopyTail(b, count, rows + Lanes.Count);
        if (c is not null) Lanes.CopyTail(c, count, rows + 2 * Lanes.Count);
        if (d is not null) Lanes.CopyTail(d, count, rows + 3 * Lanes.Count);
        for (var i = 0; i < count; i += Width)
        {
            var value = f.At(Vector.Load(rows + i), Vector.Load(rows + Lanes.Count + i), Vector.Load(rows + 2 * Lanes.Count + i), Vector.Load(rows + 3 * Lanes.Count + i));
            value.Store(rows + 4 * Lanes.Count + i);
        }

        new ReadOnlySpan<float>(rows + 4 * Lanes.Count, count).CopyTo(new Span<float>(y, count));
    }

    private readonly struct Padded<T>(T f) : IMap4 where T : struct, IMap1
    {
        public Vector<float> At(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> d) => f.At(a);
    }

    private readonly struct Padded2<T>(T f) : IMap4 where T : struct, IMap2
    {
        public Vector<float> At(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> d) => f.At(a, b);
    }

    private readonly struct Padded3<T>(T f) : IMap4 where T : struct, IMap3
    {
        public Vector<float> At(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> d) => f.At(a, b, c);
    }
}
