using Tessera.Tensors.Kernels;

namespace Tessera.Tensors.Tests.Kernels.Rows;

public sealed unsafe class NormTests
{
    private const double Epsilon = 1e-5f;
    private const double ForwardTolerance = 1e-6; // a few roundings of F32
    private const double BackwardTolerance = 1e-5; // the method card allows 1e-4

    [Theory]
    [InlineData(0f)]
    [InlineData(1f)]
    public void RmsNormIsItsTwin(float offset)
    {
        RowCheck.Forward((x, _, width, y) => { fixed (float* g = Gain(width)) RmsNorm.Forward(x, g, width, (float)Epsilon, y, offset); }, x => Rms(x, offset), ForwardTolerance);
        RowCheck.Backward((x, dy, width, dx) => { fixed (float* g = Gain(width)) RmsNorm.Backward(x, g, dy, width, (float)Epsilon, dx, null, offset); },
            (x, dy) => RmsGradient(x, dy, offset), BackwardTolerance, floor: 1); // a row of one value has nearly no gradient
        RowCheck.Backward((x, dy, width, dg) => { fixed (float* g = Gain(width)) RmsNorm.Backward(x, g, dy, width, (float)Epsilon, null, dg, offset); },
            (x, dy) => RmsGainGradient(x, dy), BackwardTolerance);
        RowCheck.TwinGradient(x => Rms(x, offset), (x, dy) => RmsGradient(x, dy, offset));
    }

    [Fact]
    public void RmsNormWithoutGainsHasGainsOfOne()
    {
        var x = RowCheck.Normal(50, 1);
        var plain = RowCheck.Run((p, _, width, y) => RmsNorm.Forward(p, null, width, 1e-6f, y), x, null);
        var ones = RowCheck.Run((p, _, width, y) => { fixed (float* g = new float[width]) RmsNorm.Forward(p, g, width, 1e-6f, y, 1f); }, x, null);
        plain.ShouldBe(ones);
        var dy = RowCheck.Normal(50, 2);
        RowCheck.Run((p, g, width, dx) => RmsNorm.Backward(p, null, g, width, 1e-6f, dx, null), x, dy)
            .ShouldBe(RowCheck.Run((p, g, width, dx) => { fixed (float* gain = new float[width]) RmsNorm.Backward(p, gain, g, width, 1e-6f, dx, null, 1f); }, x, dy));
    }

    [Fact]
    public void LayerNormIsItsTwin()
    {
        RowCheck.Forward((x, _, width, y) => { fixed (float* g = Gain(width), b = Bias(width)) LayerNorm.Forward(x, g, b, width, (float)Epsilon, y); }, x => Layer(x), ForwardTolerance);
        RowCheck.Backward((x, dy, width, dx) => { fixed (float* g = Gain(width)) LayerNorm.Backward(x, g, dy, width, (float)Epsilon, dx, null, null); }, LayerGradient, BackwardTolerance, floor: 1);
        RowCheck.Backward((x, dy, width, dg) => { fixed (float* g = Gain(width)) LayerNorm.Backward(x, g, dy, width, (float)Epsilon, null, dg, null); },
            (x, dy) => [.. Normalised(x).Xhat.Zip(dy, (h, d) => h * d)], BackwardTolerance);
        RowCheck.Backward((x, dy, width, db) => { fixed (float* g = Gain(width)) LayerNorm.Backward(x, g, dy, width, (float)Epsilon, null, null, db); }, (_, dy) => dy, 1e-7);
        RowCheck.TwinGradient(x => Layer(x), LayerGradient);
    }

    [Fact]
    public void LayerNormWorksWithoutGainOrBias()
    {
        RowCheck.Forward((x, _, width, y) => LayerNorm.Forward(x, null, null, width, (float)Epsilon, y), x => Normalised(x).Xhat, ForwardTolerance);
        RowCheck.Forward((x, _, width, y) => { fixed (float* g = Gain(width)) LayerNorm.Forward(x, g, null, width, (float)Epsilon, y); },
            x => [.. Normalised(x).Xhat.Zip(Gain(x.Length), (h, g) => h * g)], ForwardTolerance);
    }

    [Fact]
    public void AMeanFarFromZeroCostsNoPrecision()
    {
        double[] x = [.. RowCheck.Normal(40, 3).Select(v => 1000 + v)];
        double[] exact = [.. x.Select(v => (double)(float)v)];
        var y = RowCheck.Run((p, _, width, y) => LayerNorm.Forward(p, null, null, width, (float)Epsilon, y), x, null);
        RowCheck.Close(y, Normalised(exact).Xhat, 1e-4, "shifted"); // the mean is rounded to 2^-14
    }

    [Fact]
    public void ARowsResultDoesNotDependOnWhatLiesInPlaceOrBehind()
    {
        var x = RowCheck.Normal(37, 4);
        var apart = RowCheck.Run((p, _, width, y) => RmsNorm.Forward(p, null, width, 1e-6f, y), x, null);
        var inPlace = RowCheck.Single(x);
        fixed (float* p = inPlace) RmsNorm.Forward(p, null, 37, 1e-6f, p);
        inPlace.ShouldBe(apart);
    }

    private static float[] Gain(int width) => RowCheck.Single([.. RowCheck.Normal(width, 1234).Select(v => 1 + 0.3 * v)]);

    private static float[] Bias(int width) => RowCheck.Single(RowCheck.Normal(width, 4321));

    private static double Rho(double[] x) => 1 / Math.Sqrt(x.Sum(v => v * v) / x.Length + Epsilon);

    private static double[] Rms(double[] x, double offset)
    {
        var rho = Rho(x);
        return [.. x.Zip(Gain(x.Length), (v, g) => v * rho * (g + offset))];
    }

    private static double[] RmsGainGradient(double[] x, double[] dy)
    {
        var rho = Rho(x);
        return [.. x.Zip(dy, (v, d) => v * d * rho)];
    }

    private static double[] RmsGradient(double[] x, double[] dy, double offset)
    {
        var rho = Rho(x);
        double[] t = [.. dy.Zip(Gain(x.Length), (d, g) => d * (g + offset))];
        var mean = t.Zip(x, (a, b) => a * b).Sum() / x.Length;
        return [.. x.Zip(t, (v, d) => rho * d - v * rho * rho * rho * mean)];
    }

    private static (double[] Xhat, double Rho) Normalised(double[] x)
    {
        var mean = x.Average();
        var rho = 1 / Math.Sqrt(x.Sum(v => (v - mean) * (v - mean)) / x.Length + Epsilon);
        return ([.. x.Select(v => (v - mean) * rho)], rho);
    }

    private static double[] Layer(double[] x) =>
        [.. Normalised(x).Xhat.Zip(Gain(x.Length), (h, g) => h * g).Zip(Bias(x.Length), (h, b) => h + b)];

    private static double[] LayerGradient(double[] x, double[] dy)
    {
        var (xhat, rho) = Normalised(x);
        double[] t = [.. dy.Zip(Gain(x.Length), (d, g) => d * g)];
        var (mean, along) = (t.Average(), t.Zip(xhat, (a, b) => a * b).Average());
        return [.. t.Zip(xhat, (a, h) => rho * (a - mean - h * along))];
    }
}
