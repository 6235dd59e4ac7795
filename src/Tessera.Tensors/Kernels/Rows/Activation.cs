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
        for (var i = 0; i < width; i += Lanes.Count)
        {
            var remaining = width - i;
            var input = Lanes.Load(x + i, remaining);
            switch (job)
            {
                case Job.Forward:
                    Lanes.Store(TRule.Value(input), first + i, remaining);
                    break;
                case Job.GatedForward:
                    Lanes.Store(TRule.Value(input) * Lanes.Load(up + i, remaining), first + i, remaining);
                    break;
                case Job.Backward:
                    Lanes.Store(VectorMath.MultiplyAdd(TRule.Slope(input), Lanes.Load(dy + i, remaining), Lanes.Load(first + i, remaining)), first + i, remaining);
                    break;
                default:
                    var gradient = Lanes.Load(dy + i, remaining);
                    var gate = VectorMath.MultiplyAdd(TRule.Slope(input), gradient * Lanes.Load(up + i, remaining), Lanes.Load(first + i, remaining));
                    var passed = VectorMath.MultiplyAdd(TRule.Value(input), gradient, Lanes.Load(second + i, remaining));
                    Lanes.Store(gate, first + i, remaining);
                    Lanes.Store(passed, second + i, remaining);
                    break;
            }
        }
    }
}
