using System.Runtime.Intrinsics;

namespace Tessera.Tensors.Kernels;

/// <summary>Sums, products and maxima of rows. All rows have the same width; a destination may be one of the sources.</summary>
public static unsafe class RowArithmetic
{
    /// <summary>y += x, a residual connection.</summary>
    public static void Add(float* x, int width, float* y)
    {
        for (var i = 0; i < width; i += Lanes.Count) Lanes.Store(Lanes.Load(y + i, width - i) + Lanes.Load(x + i, width - i), y + i, width - i);
    }

    /// <summary>y += factor·x.</summary>
    public static void AddScaled(float* x, float factor, int width, float* y)
    {
        for (var i = 0; i < width; i += Lanes.Count)
            Lanes.Store(VectorMath.MultiplyAdd(Lanes.Load(x + i, width - i), factor, Lanes.Load(y + i, width - i)), y + i, width - i);
    }

    /// <summary>y = factor·x.</summary>
    public static void Scale(float* x, float factor, int width, float* y)
    {
        for (var i = 0; i < width; i += Lanes.Count) Lanes.Store(Lanes.Load(x + i, width - i) * factor, y + i, width - i);
    }

    /// <summary>y = a·b, entry by entry.</summary>
    public static void Multiply(float* a, float* b, int width, float* y)
    {
        for (var i = 0; i < width; i += Lanes.Count) Lanes.Store(Lanes.Load(a + i, width - i) * Lanes.Load(b + i, width - i), y + i, width - i);
    }

    /// <summary>y += a·b, entry by entry.</summary>
    public static void AddProduct(float* a, float* b, int width, float* y)
    {
        for (var i = 0; i < width; i += Lanes.Count)
            Lanes.Store(VectorMath.MultiplyAdd(Lanes.Load(a + i, width - i), Lanes.Load(b + i, width - i), Lanes.Load(y + i, width - i)), y + i, width - i);
    }

    /// <summary>Σ a·b, in one order whatever the machine.</summary>
    public static double Dot(float* a, float* b, int width)
    {
        var sum = 0.0;
        for (var start = 0; start < width; start += Lanes.Block)
        {
            var end = Math.Min(start + Lanes.Block, width);
            var lanes = Vector512<float>.Zero;
            for (var i = start; i < end; i += Lanes.Count) lanes = VectorMath.MultiplyAdd(Lanes.Load(a + i, end - i), Lanes.Load(b + i, end - i), lanes);
            sum += Lanes.Sum(lanes);
        }

        return sum;
    }

    /// <summary>The largest entry; NaN if there is one; −∞ for a width of 0.</summary>
    public static float Max(float* x, int width)
    {
        var lanes = Vector512.Create(float.NegativeInfinity);
        for (var i = 0; i < width; i += Lanes.Count) lanes = Vector512.Max(lanes, Lanes.Load(x + i, width - i, float.NegativeInfinity));
        return Lanes.Max(lanes);
    }
}
