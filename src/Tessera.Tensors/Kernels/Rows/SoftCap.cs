using System.Numerics;

namespace Tessera.Tensors.Kernels;

/// <summary>The soft cap of logits and attention scores, y = c·tanh(x/c), which keeps them inside (-c, c) (Gemma 2).</summary>
public static unsafe class SoftCap
{
    /// <summary>Caps a row.</summary>
    /// <param name="x">The values, [width].</param>
    /// <param name="cap">c, greater than 0.</param>
    /// <param name="width">Their number.</param>
    /// <param name="y">Takes the result; may be <paramref name="x"/>.</param>
    public static void Forward(float* x, float cap, int width, float* y) => RowLoop.Map(new Capped(cap), x, width, y);

    /// <summary>Adds the gradient: dx += dy·(1 - (y/c)²).</summary>
    /// <param name="y">The capped values.</param>
    /// <param name="dy">Their gradient.</param>
    /// <param name="cap">c.</param>
    /// <param name="width">Their number.</param>
    /// <param name="dx">The gradient of the values is added here.</param>
    public static void Backward(float* y, float* dy, float cap, int width, float* dx) => RowLoop.Map(new Gradient(cap), y, dy, dx, width, dx);

    private readonly struct Capped(float cap) : IMap1
    {
        public Vector<float> At(Vector<float> x) => VectorMath.Tanh(x / cap) * cap;
    }

    private readonly struct Gradient(float cap) : IMap3
    {
        public Vector<float> At(Vector<float> y, Vector<float> dy, Vector<float> dx)
        {
            var tanh = y / cap;
            var slope = (Vector<float>.One - tanh) * (Vector<float>.One + tanh); // no cancellation near ±1
            return VectorMath.MultiplyAdd(dy, slope, dx);
        }
    }
}
