using Tessera.Tensors.Kernels;

namespace Tessera.Tensors.Tests.Kernels.Rows;

public sealed unsafe class ActivationTests
{
    public static TheoryData<ActivationFunction> All => [.. Enum.GetValues<ActivationFunction>()];

    [Theory]
    [MemberData(nameof(All))]
    public void EveryFunctionIsItsTwin(ActivationFunction function)
    {
        RowCheck.Forward((x, _, width, y) => Activation.Forward(function, x, width, y), x => [.. x.Select(v => Value(function, v))], 4e-7, scale: 3);
        RowCheck.Backward((x, dy, width, dx) => Activation.Backward(function, x, dy, width, dx), (x, dy) => [.. x.Zip(dy, (v, d) => Slope(function, v) * d)], 1e-6, scale: 3);
        RowCheck.TwinGradient(x => [.. x.Select(v => Value(function, v))], (x, dy) => [.. x.Zip(dy, (v, d) => Slope(function, v) * d)], scale: 3);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void EveryGateIsItsTwin(ActivationFunction function)
    {
        foreach (var width in RowCheck.Widths)
        {
            var (gate, up, dy) = (RowCheck.Normal(width, 1, 2), RowCheck.Normal(width, 2), RowCheck.Normal(width, 3));
            RowCheck.Close(RowCheck.Run((g, u, n, y) => Activation.GatedForward(function, g, u, n, y), gate, up), [.. gate.Zip(up, (g, u) => Value(function, g) * u)], 6e-7, "y");
            var (dGate, dUp) = (new float[width], new float[width]);
            fixed (float* g = RowCheck.Single(gate), u = RowCheck.Single(up), d = RowCheck.Single(dy), dg = dGate, du = dUp)
                Activation.GatedBackward(function, g, u, d, width, dg, du);
            RowCheck.Close(dGate, [.. gate.Zip(up, (g, u) => Slope(function, g) * u).Zip(dy, (a, d) => a * d)], 1e-6, "dGate");
            RowCheck.Close(dUp, [.. gate.Zip(dy, (g, d) => Value(function, g) * d)], 6e-7, "dUp");
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void HugeAndTinyInputsGiveTheLimitAndNaNStaysNaN(ActivationFunction function)
    {
        double[] x = [1e30, -1e30, 1e-30, -1e-30, float.Epsilon, 200, -200, 0];
        var y = RowCheck.Run((p, _, width, y) => Activation.Forward(function, p, width, y), x, null);
        var slopes = RowCheck.Run((p, d, width, dx) => Activation.Backward(function, p, d, width, dx), x, [.. x.Select(_ => 1.0)]);
        for (var i = 0; i < x.Length; i++)
        {
            var expected = Value(function, (float)x[i]);
            if (Math.Abs(expected) > float.MaxValue) expected = double.PositiveInfinity;
            (y[i] == expected || Math.Abs(y[i] - expected) <= 4e-7 * Math.Abs(expected) + 1e-38).ShouldBeTrue($"f({x[i]}) = {y[i]}, expected {expected}");
            (Math.Abs(slopes[i] - Slope(function, (float)x[i])) <= 1e-6 * Math.Max(1, Math.Abs(slopes[i]))).ShouldBeTrue($"f'({x[i]}) = {slopes[i]}");
        }

        RowCheck.Run((p, _, width, y) => Activation.Forward(function, p, width, y), [double.NaN], null)[0].ShouldBe(float.NaN);
    }

    [Fact]
    public void AnUnknownFunctionIsRefused()
    {
        var x = new float[1];
        Should.Throw<ArgumentOutOfRangeException>(() => { fixed (float* p = x) Activation.Forward((ActivationFunction)99, p, 1, p); });
    }

    private static double Sigmoid(double x) => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x));

    private static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    private static double GeluInner(double x) => Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);

    private static double Value(ActivationFunction function, double x) => function switch
    {
        ActivationFunction.Identity => x,
        ActivationFunction.Silu => x * Sigmoid(x),
        ActivationFunction.GeluErf => x * Distribution(x),
        ActivationFunction.GeluClipped => Math.Clamp(x * Distribution(x), -10, 10),
        ActivationFunction.GeluTanh => x * Sigmoid(2 * GeluInner(x)),
        ActivationFunction.QuickGelu => x * Sigmoid(1.702 * x),
        ActivationFunction.Relu => Math.Max(x, 0),
        ActivationFunction.ReluSquared => Math.Max(x, 0) * Math.Max(x, 0),
        ActivationFunction.Tanh => Math.Tanh(x),
        ActivationFunction.Sigmoid => Sigmoid(x),
        ActivationFunction.Softplus => Softplus(x),
        ActivationFunction.Mish => x * Math.Tanh(Softplus(x)),
        ActivationFunction.LeakyRelu => x > 0 ? x : 0.01 * x,
        _ => throw new ArgumentException(function.ToString()),
    };

    private static double Slope(ActivationFunction function, double x)
    {
        switch (function)
        {
            case ActivationFunction.Identity: return 1;
            case ActivationFunction.Silu: return Sigmoid(x) + Vanishing(x, Sigmoid(x) * Sigmoid(-x));
            case ActivationFunction.GeluErf: return Distribution(x) + Vanishing(x, Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
            case ActivationFunction.GeluClipped: return x * Distribution(x) > 10 ? 0 : Slope(ActivationFunction.GeluErf, x);
            case ActivationFunction.GeluTanh:
                var inner = 2 * GeluInner(x);
                return Sigmoid(inner) + Vanishing(2 * Math.Sqrt(2 / Math.PI) * x * (1 + 3 * 0.044715 * x * x), Sigmoid(inner) * Sigmoid(-inner));
            case ActivationFunction.QuickGelu: return Sigmoid(1.702 * x) + Vanishing(1.702 * x, Sigmoid(1.702 * x) * Sigmoid(-1.702 * x));
            case ActivationFunction.Relu: return x > 0 ? 1 : 0;
            case ActivationFunction.ReluSquared: return 2 * Math.Max(x, 0);
            case ActivationFunction.Tanh: return 1 - Math.Tanh(x) * Math.Tanh(x);
            case ActivationFunction.Sigmoid: return Sigmoid(x) * Sigmoid(-x);
            case ActivationFunction.Softplus: return Sigmoid(x);
            case ActivationFunction.Mish:
                var tanh = Math.Tanh(Softplus(x));
                return tanh + Vanishing(x, (1 - tanh * tanh) * Sigmoid(x));
            case ActivationFunction.LeakyRelu: return x > 0 ? 1 : 0.01;
            default: throw new ArgumentException(function.ToString());
        }
    }

    // x times something that falls faster than x grows
    private static double Vanishing(double x, double factor) => factor == 0 ? 0 : x * factor;

    // Φ(x) by Simpson's rule from 0, within 1e-9 with this many steps; the tail by its continued fraction.
    private static double Distribution(double x)
    {
        var z = Math.Abs(x);
        if (z > 6)
        {
            var fraction = z;
            for (var k = 60; k > 0; k--) fraction = z + k / fraction;
            var tail = Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) / fraction;
            return x > 0 ? 1 - tail : tail;
        }

        const int Steps = 100;
        var sum = 0.0;
        for (var i = 0; i <= Steps; i++) sum += Math.Exp(-Math.Pow(z * i / Steps, 2) / 2) * (i is 0 or Steps ? 1 : i % 2 == 0 ? 2 : 4);
        var half = sum * z / Steps / 3 / Math.Sqrt(2 * Math.PI);
        return x > 0 ? 0.5 + half : 0.5 - half;
    }
}
