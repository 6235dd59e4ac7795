using Tessera.Tensors.Kernels;

namespace Tessera.Tensors.Tests.Kernels.Rows;

public sealed unsafe class SoftmaxTests
{
    [Fact]
    public void SoftmaxIsItsTwin()
    {
        RowCheck.Forward((x, _, width, p) => Softmax.Forward(x, width, p), Probabilities, 1e-6, scale: 4);
        RowCheck.Backward((x, dp, width, dx) =>
        {
            fixed (float* p = RowCheck.Single(Probabilities([.. new Span<float>(x, width).ToArray().Select(v => (double)v)]))) Softmax.Backward(p, dp, width, dx);
        }, SoftmaxGradient, 1e-5, scale: 2);
        RowCheck.TwinGradient(Probabilities, SoftmaxGradient, scale: 2);
    }

    [Fact]
    public void LogSumExpIsItsTwin()
    {
        foreach (var width in RowCheck.Widths)
        {
            var x = RowCheck.Normal(width, width, 20);
            var max = x.Max();
            fixed (float* p = RowCheck.Single(x)) Softmax.Normaliser(p, width).LogSumExp.ShouldBe(max + Math.Log(x.Sum(v => Math.Exp(v - max))), 1e-6);
        }
    }

    [Fact]
    public void ImpossibleEntriesGetZeroAndAddNothing()
    {
        // Sixteen impossible entries between the others leave these in their lanes.
        var x = RowCheck.Normal(40, 8, 3);
        double[] spread = [.. x[..16], .. Enumerable.Repeat(double.NegativeInfinity, 16), .. x[16..]];
        var plain = RowCheck.Run((p, _, width, y) => Softmax.Forward(p, width, y), x, null);
        var masked = RowCheck.Run((p, _, width, y) => Softmax.Forward(p, width, y), spread, null);
        masked[16..32].ShouldAllBe(p => p == 0);
        ((float[])[.. masked[..16], .. masked[32..]]).ShouldBe(plain);
    }

    [Fact]
    public void ARowOfImpossibleEntriesGivesZeros()
    {
        double[] x = [.. Enumerable.Repeat(double.NegativeInfinity, 20)];
        RowCheck.Run((p, _, width, y) => Softmax.Forward(p, width, y).LogSumExp.ShouldBe(double.NegativeInfinity), x, null).ShouldAllBe(p => p == 0);
    }

    [Fact]
    public void LargeScoresDoNotOverflow() =>
        RowCheck.Run((p, _, width, y) => Softmax.Forward(p, width, y), [3e38, 3e38, -3e38], null).ShouldBe([0.5f, 0.5f, 0f]);

    [Fact]
    public void SoftCapIsItsTwin()
    {
        RowCheck.Forward((x, _, width, y) => SoftCap.Forward(x, 5f, width, y), x => [.. x.Select(v => 5 * Math.Tanh(v / 5))], 1e-6, scale: 10);
        RowCheck.Backward((x, dy, width, dx) =>
        {
            var y = new float[width];
            fixed (float* capped = y)
            {
                SoftCap.Forward(x, 5f, width, capped);
                SoftCap.Backward(capped, dy, 5f, width, dx);
            }
        }, CapGradient, 1e-5, scale: 10);
        RowCheck.TwinGradient(x => [.. x.Select(v => 5 * Math.Tanh(v / 5))], CapGradient, scale: 10);
    }

    [Fact]
    public void CrossEntropyIsItsTwin()
    {
        foreach (var width in RowCheck.Widths)
        {
            var (x, target) = (RowCheck.Normal(width, width, 5), width / 3);
            var p = Probabilities(x);
            var gradient = new float[width];
            fixed (float* logits = RowCheck.Single(x), dLogits = gradient)
            {
                CrossEntropy.Forward(logits, width, target, out var normaliser).ShouldBe(-Math.Log(p[target]), 2e-6);
                CrossEntropy.Backward(logits, width, target, normaliser, 0.25f, dLogits);
            }

            RowCheck.Close(gradient, [.. p.Select((v, i) => 0.25 * (v - (i == target ? 1 : 0)))], 1e-5, $"width {width}", floor: 0.01);
        }
    }

    [Fact]
    public void ALogitThatIsCertainCostsNothing()
    {
        fixed (float* logits = new[] { 0f, 200f, 0f }) CrossEntropy.Forward(logits, 3, 1, out _).ShouldBe(0);
        fixed (float* logits = new float[49_152]) CrossEntropy.Forward(logits, 49_152, 7, out _).ShouldBe(10.802673, 1e-6); // ln of the width
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    public void ATargetOutsideTheRowIsRefused(int target)
    {
        var x = new float[3];
        Should.Throw<ArgumentOutOfRangeException>(() => { fixed (float* p = x) CrossEntropy.Forward(p, 3, target, out _); });
        Should.Throw<ArgumentOutOfRangeException>(() => { fixed (float* p = x) CrossEntropy.Backward(p, 3, target, default, 1f, p); });
    }

    private static double[] Probabilities(double[] x)
    {
        var max = x.Max();
        double[] e = [.. x.Select(v => Math.Exp(v - max))];
        var sum = e.Sum();
        return [.. e.Select(v => v / sum)];
    }

    private static double[] SoftmaxGradient(double[] x, double[] dp)
    {
        var p = Probabilities(x);
        var mean = p.Zip(dp, (a, b) => a * b).Sum();
        return [.. p.Zip(dp, (a, b) => a * (b - mean))];
    }

    private static double[] CapGradient(double[] x, double[] dy) => [.. x.Zip(dy, (v, d) => d * (1 - Math.Pow(Math.Tanh(v / 5), 2)))];
}
