using System.Numerics;

namespace Tessera.Tensors.Kernels;

/// <summary>Sums, products and maxima of rows. All rows have the same width; a destination may be one of the sources.</summary>
public static unsafe class RowArithmetic
{
    /// <summary>y += x, a residual connection.</summary>
    public static void Add(float* x, int width, float* y) => RowLoop.Map(default(Plus), x, y, width, y);

    /// <summary>y += factor·x.</summary>
    public static void AddScaled(float* x, float factor, int width, float* y) => RowLoop.Map(new PlusScaled(factor), x, y, width, y);

    /// <summary>y = factor·x.</summary>
    public static void Scale(float* x, float factor, int width, float* y) => RowLoop.Map(new Times(factor), x, width, y);

    /// <summary>y = a·b, entry by entry.</summary>
    public static void Multiply(float* a, float* b, int width, float* y) => RowLoop.Map(default(Product), a, b, width, y);

    /// <summary>y += a·b, entry by entry.</summary>
    public static void AddProduct(float* a, float* b, int width, float* y) => RowLoop.Map(default(PlusProduct), a, b, y, width, y);

    /// <summary>Σ a·b, in one order whatever the machine.</summary>
    public static double Dot(float* a, float* b, int width) => RowLoop.Sum(default(Product), a, b, width);

    /// <summary>The largest entry; NaN if there is one; −∞ for a width of 0.</summary>
    public static float Max(float* x, int width)
    {
        var (largest, i) = (Vector.Create(float.NegativeInfinity), 0);
        for (; i <= width - Vector<float>.Count; i += Vector<float>.Count) largest = Vector.Max(largest, Vector.Load(x + i));
        var max = float.NegativeInfinity;
        for (var lane = 0; lane < Vector<float>.Count; lane++) max = MathF.Max(max, largest[lane]);
        for (; i < width; i++) max = MathF.Max(max, x[i]);
        return max;
    }

    private readonly struct Plus : IMap2
    {
        public Vector<float> At(Vector<float> x, Vector<float> y) => x + y;
    }

    private readonly struct PlusScaled(float factor) : IMap2
    {
        public Vector<float> At(Vector<float> x, Vector<float> y) => VectorMath.MultiplyAdd(x, factor, y);
    }

    private readonly struct Times(float factor) : IMap1
    {
        public Vector<float> At(Vector<float> x) => x * factor;
    }

    private readonly struct Product : IMap2
    {
        public Vector<float> At(Vector<float> a, Vector<float> b) => a * b;
    }

    private readonly struct PlusProduct : IMap3
    {
        public Vector<float> At(Vector<float> a, Vector<float> b, Vector<float> y) => VectorMath.MultiplyAdd(a, b, y);
    }
}
