using System.Runtime.Intrinsics;

namespace Tessera.Tensors.Kernels;

/// <summary>The soft cap of logits and attention scores, y = c·tanh(x/c), which keeps them inside (-c, c) (Gemma 2).</summary>
public static unsafe class SoftCap
{
    /// <summary>Caps a row.</summary>
    /// <param name="x">The values, [width].</param>
    /// <param name="cap">c, greater than 0.</param>
    /// <param name="width">Their number.</param>
    /// <param name="y">Takes the result; may be <paramref name="x"/>.</param>
    public static void Forward(float* x, float cap, int width, float* y)
    {
        for (var i = 0; i < width; i += Lanes.Count)
            Lanes.Store(VectorMath.Tanh(Lanes.Load(x + i, width - i) / cap) * cap, y + i, width - i);
    }

    /// <summary>Adds the gradient: dx += dy·(1 - (y/c)²).</summary>
    /// <param name="y">The capped values.</param>
    /// <param name="dy">Their gradient.</param>
    /// <param name="cap">c.</param>
    /// <param name="width">Their number.</param>
    /// <param name="dx">The gradient of the values is added here.</param>
    public static void Backward(float* y, float* dy, float cap, int width, float* dx)
    {
        for (var i = 0; i < width; i += Lanes.Count)
        {
            var tanh = Lanes.Load(y + i, width - i) / cap;
            var slope = (Vector512<float>.One - tanh) * (Vector512<float>.One + tanh); // no cancellation near ±1
            Lanes.Store(VectorMath.MultiplyAdd(Lanes.Load(dy + i, width - i), slope, Lanes.Load(dx + i, width - i)), dx + i, width - i);
        }
    }
}
