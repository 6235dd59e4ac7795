using System.Runtime.CompilerServices;
using System.Numerics;

namespace Tessera.Tensors.Kernels;

/// <summary>A pointwise function as value and slope of a register of numbers, for loops that are compiled for each function.</summary>
internal interface IActivationRule
{
    /// <summary>f(x).</summary>
    static abstract Vector<float> Value(Vector<float> x);

    /// <summary>f′(x).</summary>
    static abstract Vector<float> Slope(Vector<float> x);
}

/// <summary>The functions of <see cref="ActivationFunction"/>. At a kink the slope is that of the left side, as in PyTorch.</summary>
internal static class ActivationRules
{
    private static Vector<float> Zero => Vector<float>.Zero;

    private static Vector<float> One => Vector<float>.One;

    private static Vector<float> WherePositive(Vector<float> x, Vector<float> positive, Vector<float> otherwise) =>
        Vector.ConditionalSelect(Vector.GreaterThan(x, Zero), positive, otherwise);

    internal readonly struct Identity : IActivationRule
    {
        public static Vector<float> Value(Vector<float> x) => x;

        public static Vector<float> Slope(Vector<float> x) => One;
    }

    internal readonly struct Silu : IActivationRule
    {
        public static Vector<float> Value(Vector<float> x) => SigmoidGate(x, 1f);

        public static Vector<float> Slope(Vector<float> x) => SigmoidGateSlope(x, 1f);
    }

    internal readonly struct QuickGelu : IActivationRule
    {
        public static Vector<float> Value(Vector<float> x) => SigmoidGate(x, 1.702f);

        public static Vector<float> Slope(Vector<float> x) => SigmoidGateSlope(x, 1.702f);
    }

    // x·σ(kx), and its slope σ·(1 + kx·(1 - σ))
    private static Vector<float> SigmoidGate(Vector<float> x, float k) => x * VectorMath.Sigmoid(x * k);

    private static Vector<float> SigmoidGateSlope(Vector<float> x, float k)
    {
        var inner = Clamped(x, 200f) * k; // beyond, the slope is 0 or 1, and infinity times zero would be NaN
        var sigmoid = VectorMath.Sigmoid(inner);
        return sigmoid * VectorMath.MultiplyAdd(inner, VectorMath.Sigmoid(-inner), One);
    }

    internal readonly struct GeluErf : IActivationRule
    {
        public static Vector<float> Value(Vector<float> x) => x * Distribution(x, VectorMath.Normal(x).Tail);

        public static Vector<float> Slope(Vector<float> x)
        {
            var (tail, density) = VectorMath.Normal(x);
            return VectorMath.MultiplyAdd(Clamped(x, 20f), density, Distribution(x, tail));
        }

        private static Vector<float> Distribution(Vector<float> x, Vector<float> tail) => WherePositive(x, One - tail, tail);
    }

    internal readonly struct GeluClipped : IActivationRule
    {
        public static Vector<float> Value(Vector<float> x) => Vector.MinNative(Vector.Create(10f), GeluErf.Value(x)); // it never comes near -10

        public static Vector<float> Slope(Vector<float> x) =>
            Vector.ConditionalSelect(Vector.GreaterThan(GeluErf.Value(x), Vector.Create(10f)), Zero, GeluErf.Slope(x));
    }

    /// <summary>½x(1 + tanh u) = x·σ(2u) with 2u = 2√(2/π)·(x + 0.044715x³).</summary>
    internal readonly struct GeluTanh : IActivationRule
    {
        private const float TwiceRoot = 1.5957691216057308f; // 2√(2/π)

        public static Vector<float> Value(Vector<float> x)
        {
            var bounded = Clamped(x, 20f); // the sigmoid is 0 or 1 beyond
            return x * VectorMath.Sigmoid(Inner(bounded));
        }

        public static Vector<float> Slope(Vector<float> x)
        {
            x = Clamped(x, 20f);
            var inner = Inner(x);
            var sigmoid = VectorMath.Sigmoid(inner);
            var innerSlope = TwiceRoot * VectorMath.MultiplyAdd(x * x, 3 * 0.044715f, One);
            return sigmoid * VectorMath.MultiplyAdd(x * innerSlope, VectorMath.Sigmoid(-inner), One);
        }

        private static Vector<float> Inner(Vector<float> x) => TwiceRoot * x * VectorMath.MultiplyAdd(x * x, 0.044715f, One);
    }

    internal readonly struct Relu : IActivationRule
    {
        public static Vector<float> Value(Vector<float> x) => Vector.MaxNative(Zero, x);

        public static Vector<float> Slope(Vector<float> x) => WherePositive(x, One, Zero);
    }

    internal readonly struct ReluSquared : IActivationRule
    {
        public static Vector<float> Value(Vector<float> x)
        {
            var positive = Vector.MaxNative(Zero, x);
            return positive * positive;
        }

        public static Vector<float> Slope(Vector<float> x) => 2f * Vector.MaxNative(Zero, x);
    }

    internal readonly struct LeakyRelu : IActivationRule
    {
        public static Vector<float> Value(Vector<float> x) => WherePositive(x, x, x * 0.01f);

        public static Vector<float> Slope(Vector<float> x) => WherePositive(x, One, Vector.Create(0.01f));
    }

    internal readonly struct Tanh : IActivationRule
    {
        public static Vector<float> Value(Vector<float> x) => VectorMath.Tanh(x);

        public static Vector<float> Slope(Vector<float> x) => 4f * VectorMath.Sigmoid(2f * x) * VectorMath.Sigmoid(-2f * x); // 1 - tanh² without cancellation
    }

    internal readonly struct Sigmoid : IActivationRule
    {
        public static Vector<float> Value(Vector<float> x) => VectorMath.Sigmoid(x);

        public static Vector<float> Slope(Vector<float> x) => VectorMath.Sigmoid(x) * VectorMath.Sigmoid(-x);
    }

    internal readonly struct Softplus : IActivationRule
    {
        public static Vector<float> Value(Vector<float> x) => Vector.MaxNative(Zero, x) + VectorMath.LogOnePlus(VectorMath.Exp(-Vector.Abs(x)));

        public static Vector<float> Slope(Vector<float> x) => VectorMath.Sigmoid(x);
    }

    /// <summary>With e = eˣ and n = e(e + 2): tanh(ln(1 + e)) = n/(n + 2), whose slope is 4e(1 + e)/(n + 2)².</summary>
    internal readonly struct Mish : IActivationRule
    {
        public static Vector<float> Value(Vector<float> x)
        {
            var e = Bounded(x);
            var n = e * (e + Vector.Create(2f));
            return x * (n / (n + Vector.Create(2f)));
        }

        public static Vector<float> Slope(Vector<float> x)
        {
            var e = Bounded(x);
            var n = e * (e + Vector.Create(2f));
            var denominator = n + Vector.Create(2f);
            return VectorMath.MultiplyAdd(Clamped(x, 200f), 4f * e * (One + e) / (denominator * denominator), n / denominator);
        }

        // From 20 on the ratio is 1 in F32 and the slope's second part vanishes.
        private static Vector<float> Bounded(Vector<float> x) => VectorMath.Exp(Vector.MinNative(Vector.Create(20f), x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Clamped(Vector<float> x, float limit) =>
        Vector.MinNative(Vector.Create(limit), Vector.MaxNative(Vector.Create(-limit), x));
}
