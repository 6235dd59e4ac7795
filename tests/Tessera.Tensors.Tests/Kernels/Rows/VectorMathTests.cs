using System.Numerics;
using Tessera.Tensors.Kernels;

namespace Tessera.Tensors.Tests.Kernels.Rows;

/// <summary>Errors in units in the last place over the whole range of floats.</summary>
public sealed class VectorMathTests
{
    private const uint Stride = 4_099; // one in so many of all bit patterns; the stated errors were found with 1,013

    // Whether the machine multiplies and adds with one rounding: (1 + e)² - (1 + 2e) is e², which two roundings lose.
    private static readonly bool Fused =
        VectorMath.MultiplyAdd(Vector.Create(1.0000001f), Vector.Create(1.0000001f), Vector.Create(-1.0000002f))[0] != 0;

    [Fact]
    public void ExpIsWithinItsBound() => Check(VectorMath.Exp, Math.Exp, bound: Fused ? 1 : 1.2);

    [Fact]
    public void ExpMinusOneIsWithinItsBound() =>
        Check(VectorMath.ExpMinusOne, x => Math.Abs(x) < 1e-3 ? x + x * x / 2 + x * x * x / 6 + x * x * x * x / 24 : Math.Exp(x) - 1, bound: 1.2, x => x <= 0);

    [Fact]
    public void SigmoidIsWithinItsBound() => Check(VectorMath.Sigmoid, x => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x)), bound: Fused ? 2.5 : 2.6);

    [Fact]
    public void TanhIsWithinItsBound() => Check(VectorMath.Tanh, Math.Tanh, bound: 2.5);

    [Fact]
    public void LogOnePlusIsWithinItsBound() =>
        Check(VectorMath.LogOnePlus, x => x < 1e-4 ? x - x * x / 2 + x * x * x / 3 : Math.Log(1 + x), bound: 2, x => x is >= 0 and <= 1);

    [Fact]
    public void TheNormalTailIsWithinItsBound() => Check(x => VectorMath.Normal(x).Tail, x => Tail(Math.Abs(x)), bound: Fused ? 8 : 70, x => MathF.Abs(x) is > 1 and < 13);

    [Fact]
    public void NaNStaysNaN()
    {
        var nan = Vector.Create(float.NaN);
        foreach (var result in new[] { VectorMath.Exp(nan), VectorMath.ExpMinusOne(nan), VectorMath.Sigmoid(nan), VectorMath.Tanh(nan), VectorMath.Normal(nan).Tail })
            for (var lane = 0; lane < Vector<float>.Count; lane++) float.IsNaN(result[lane]).ShouldBeTrue();
    }

    private static void Check(Func<Vector<float>, Vector<float>> function, Func<double, double> exact, double bound, Func<float, bool>? within = null)
    {
        var worst = (Error: 0.0, X: 0f);
        for (var bits = 0L; bits <= uint.MaxValue; bits += Stride)
        {
            var x = BitConverter.UInt32BitsToSingle((uint)bits);
            if (!float.IsFinite(x) || within is not null && !within(x)) continue;
            var (actual, expected) = (function(Vector.Create(x))[1], exact(x));
            if (actual == (float)expected) continue;
            var error = Math.Abs(actual - expected) / UnitInTheLastPlace(expected);
            if (!(error <= worst.Error)) worst = (error, x);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"largest error {worst.Error:F3} units in the last place, at {worst.X:R}");
        worst.Error.ShouldBeLessThanOrEqualTo(bound, $"at {worst.X:R}");
    }

    // Φ(-z) by its continued fraction.
    private static double Tail(double z)
    {
        var fraction = z;
        for (var k = 300; k > 0; k--) fraction = z + k / fraction;
        return Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) / fraction;
    }

    private static double UnitInTheLastPlace(double value) => Math.ScaleB(1, Math.Max(Math.ILogB(value), -126) - 23);
}
