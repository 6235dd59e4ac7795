using System.Numerics;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// Pointwise non-linearities over a row, alone or as a gate: y = f(x), and y = f(g)·u (Shazeer, 2020, arXiv:2002.05202). Each value's result depends on it alone.
/// Against double precision, values are within 2·10⁻⁷ absolute or 4·10⁻⁷ relative, slopes within 10⁻⁶.
/// </summary>
public static unsafe class Activation
{
    /// <summary>y = f(x).</summary>
    /// <param name="function">f.</param>
    /// <param name="x">The row, [width].</param>
    /// <param name="width">Its length.</param>
    /// <param name="y">Takes the result; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The function is not known.</exception>
    public static void Forward(ActivationFunction function, float* x, int width, float* y) => Run(function, Job.Forward, x, null, null, width, y, null);

    /// <summary>dx += f′(x)·dy.</summary>
    /// <param name="function">f.</param>
    /// <param name="x">The row that went in.</param>
    /// <param name="dy">The gradient of the result.</param>
    /// <param name="width">The row's length.</param>
    /// <param name="dx">The gradient of the row is added here.</param>
    /// <exception cref="ArgumentOutOfRangeException">The function is not known.</exception>
    public static void Backward(ActivationFunction function, float* x, float* dy, int width, float* dx) =>
        Run(function, Job.Backward, x, null, dy, width, dx, null);

    /// <summary>y = f(gate)·up.</summary>
    /// <param name="function">f.</param>
    /// <param name="gate">The gates, [width].</param>
    /// <param name="up">What they let through, [width].</param>
    /// <param name="width">Their number.</param>
    /// <param name="y">Takes the result; may be one of the sources.</param>
    /// <exception cref="ArgumentOutOfRangeException">The function is not known.</exception>
    public static void GatedForward(ActivationFunction function, float* gate, float* up, int width, float* y) =>
        Run(function, Job.GatedForward, gate, up, null, width, y, null);

    /// <summary>dGate += f′(gate)·up·dy, dUp += f(gate)·dy.</summary>
    /// <param name="function">f.</param>
    /// <param name="gate">The gates that went in.</param>
    /// <param name="up">What they let through.</param>
    /// <param name="dy">The gradient of the result.</param>
    /// <param name="width">Their number.</param>
    /// <param name="dGate">The gradient of the gates is added here.</param>
    /// <param name="dUp">The gradient of what they let through is added here.</param>
    /// <exception cref="ArgumentOutOfRangeException">The function is not known.</exception>
    public static void GatedBackward(ActivationFunction function, float* gate, float* up, float* dy, int width, float* dGate, float* dUp) =>
        Run(function, Job.GatedBackward, gate, up, dy, width, dGate, dUp);

    private enum Job
    {
        Forward,
        Backward,
        GatedForward,
        GatedBackward,
    }

    private static void Run(ActivationFunction function, Job job, float* x, float* up, float* dy, int width, float* first, float* second)
    {
        switch (function)
        {
            case ActivationFunction.Identity: Run<ActivationRules.Identity>(job, x, up, dy, width, first, second); break;
            case ActivationFunction.Silu: Run<ActivationRules.Silu>(job, x, up, dy, width, first, second); break;
            case ActivationFunction.GeluErf: Run<ActivationRules.GeluErf>(job, x, up, dy, width, first, second); break;
            case ActivationFunction.GeluTanh: Run<ActivationRules.GeluTanh>(job, x, up, dy, width, first, second); break;
            case ActivationFunction.QuickGelu: Run<ActivationRules.QuickGelu>(job, x, up, dy, width, first, second); break;
            case ActivationFunction.Relu: Run<ActivationRules.Relu>(job, x, up, dy, width, first, second); break;
            case ActivationFunction.ReluSquared: Run<ActivationRules.ReluSquared>(job, x, up, dy, width, first, second); break;
            case ActivationFunction.Tanh: Run<ActivationRules.Tanh>(job, x, up, dy, width, first, second); break;
            case ActivationFunction.Sigmoid: Run<ActivationRules.Sigmoid>(job, x, up, dy, width, first, second); break;
            case ActivationFunction.Softplus: Run<ActivationRules.Softplus>(job, x, up, dy, width, first, second); break;
            case ActivationFunction.Mish: Run<ActivationRules.Mish>(job, x, up, dy, width, first, second); break;
            case ActivationFunction.LeakyRelu: Run<ActivationRules.LeakyRelu>(job, x, up, dy, width, first, second); break;
            case ActivationFunction.GeluClipped: Run<ActivationRules.GeluClipped>(job, x, up, dy, width, first, second); break;
            default: throw new ArgumentOutOfRangeException(nameof(function), function, "unknown activation function");
        }
    }

    private static void Run<TRule>(Job job, float* x, float* up, float* dy, int width, float* first, float* second) where TRule : struct, IActivationRule
    {
        switch (job)
        {
            case Job.Forward: RowLoop.Map(default(Value<TRule>), x, width, first); break;
            case Job.GatedForward: RowLoop.Map(default(Gated<TRule>), x, up, width, first); break;
            case Job.Backward: RowLoop.Map(default(Gradient<TRule>), x, dy, first, width, first); break;
            default:
                RowLoop.Map(default(GateGradient<TRule>), x, up, dy, first, width, first);
                RowLoop.Map(default(UpGradient<TRule>), x, dy, second, width, second);
                break;
        }
    }

    private readonly struct Value<TRule> : IMap1 where TRule : struct, IActivationRule
    {
        public Vector<float> At(Vector<float> x) => TRule.Value(x);
    }

    private readonly struct Gated<TRule> : IMap2 where TRule : struct, IActivationRule
    {
        public Vector<float> At(Vector<float> gate, Vector<float> up) => TRule.Value(gate) * up;
    }

    private readonly struct Gradient<TRule> : IMap3 where TRule : struct, IActivationRule
    {
        public Vector<float> At(Vector<float> x, Vector<float> dy, Vector<float> dx) => VectorMath.MultiplyAdd(TRule.Slope(x), dy, dx);
    }

    private readonly struct GateGradient<TRule> : IMap4 where TRule : struct, IActivationRule
    {
        public Vector<float> At(Vector<float> gate, Vector<float> up, Vector<float> dy, Vector<float> dGate) =>
            VectorMath.MultiplyAdd(TRule.Slope(gate), dy * up, dGate);
    }

    private readonly struct UpGradient<TRule> : IMap3 where TRule : struct, IActivationRule
    {
        public Vector<float> At(Vector<float> gate, Vector<float> dy, Vector<float> dUp) => VectorMath.MultiplyAdd(TRule.Value(gate), dy, dUp);
    }
}
