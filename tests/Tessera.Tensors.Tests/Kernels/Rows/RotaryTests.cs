using Tessera.Tensors.Kernels;

namespace Tessera.Tensors.Tests.Kernels.Rows;

public sealed unsafe class RotaryTests
{
    private const int Position = 9;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void RotationsAreTheirTwinForEveryWidth(bool interleaved)
    {
        for (var rotated = 2; rotated <= 134; rotated += 2)
        {
            foreach (var unrotated in new[] { 0, 5 })
            {
                var (size, settings) = (rotated + unrotated, new RotarySettings { Theta = 10000, RotatedSize = rotated, Interleaved = interleaved });
                var x = RowCheck.Normal(3 * size, rotated);
                var table = new RotaryTable(settings);
                table.Reach(Position);
                var actual = RowCheck.Run((p, _, width, y) =>
                {
                    new Span<float>(p, width).CopyTo(new Span<float>(y, width));
                    table.Rotate(y, 3, size, Position);
                }, x, null);
                RowCheck.Close(actual, Rotated(x, 3, size, settings, Position), 3e-6, $"rotated {rotated}"); // the angle is rounded to F32
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheInverseIsTheBackward(bool interleaved)
    {
        // y = R·x, so that dx = Rᵀ·dy, and Rᵀ·R = 1 without an attention factor.
        var settings = new RotarySettings { Theta = 500, RotatedSize = 20, Interleaved = interleaved };
        var table = new RotaryTable(settings);
        table.Reach(Position);
        var (x, dy) = (RowCheck.Normal(2 * 24, 1), RowCheck.Normal(2 * 24, 2));
        var (y, dx) = (RowCheck.Single(x), RowCheck.Single(dy));
        fixed (float* row = y, gradient = dx)
        {
            table.Rotate(row, 2, 24, Position);
            table.Rotate(gradient, 2, 24, Position, inverse: true);
        }

        y.Zip(dy, (a, b) => a * b).Sum().ShouldBe(dx.Zip(x, (a, b) => a * b).Sum(), 1e-5);
        fixed (float* row = y) table.Rotate(row, 2, 24, Position, inverse: true);
        RowCheck.Close(y, x, 1e-6, "there and back");
    }

    [Fact]
    public void ATableThatGrowsKeepsItsValues()
    {
        var settings = new RotarySettings { Theta = 10000, RotatedSize = 16 };
        var (small, large) = (new RotaryTable(settings), new RotaryTable(settings));
        large.Reach(1000);
        for (var position = 0; position < 70; position++)
        {
            small.Reach(position);
            var (a, b) = (RowCheck.Single(RowCheck.Normal(16, position)), RowCheck.Single(RowCheck.Normal(16, position)));
            fixed (float* p = a, q = b)
            {
                small.Rotate(p, 1, 16, position);
                large.Rotate(q, 1, 16, position);
            }

            a.ShouldBe(b);
        }
    }

    [Fact]
    public void LinearScalingDividesAllFrequencies()
    {
        var plain = new RotarySettings { Theta = 10000, RotatedSize = 16 }.InverseFrequencies();
        var linear = new RotarySettings { Theta = 10000, RotatedSize = 16, Scaling = RotaryScaling.Linear, Factor = 4 }.InverseFrequencies();
        for (var i = 0; i < 8; i++) linear[i].ShouldBe(plain[i] / 4);
    }

    [Theory]
    [InlineData(RotaryScaling.Llama3)]
    [InlineData(RotaryScaling.Yarn)]
    public void RampsKeepShortWavesAndStretchLongOnes(RotaryScaling scaling)
    {
        var plain = new RotarySettings { Theta = 500000, RotatedSize = 64 }.InverseFrequencies();
        var scaled = new RotarySettings { Theta = 500000, RotatedSize = 64, Scaling = scaling, Factor = 8, OriginalMaxPositions = 8192 }.InverseFrequencies();
        scaled[0].ShouldBe(plain[0]);
        ((double)scaled[31]).ShouldBe(plain[31] / 8, 1e-12);
        for (var i = 0; i < 32; i++) ((double)scaled[i]).ShouldBeInRange(plain[i] / 8 * 0.999999, plain[i] * 1.000001);
    }

    [Fact]
    public void FrequenciesThatDependOnTheLengthChangeBehindTheOriginalContext()
    {
        var dynamic = new RotarySettings { Theta = 10000, RotatedSize = 16, Scaling = RotaryScaling.Dynamic, Factor = 2, OriginalMaxPositions = 16 };
        dynamic.InverseFrequencies(16).ShouldBe(dynamic.InverseFrequencies());
        dynamic.InverseFrequencies(17)[1].ShouldBeLessThan(dynamic.InverseFrequencies(16)[1]);
        var longRope = new RotarySettings
        {
            Theta = 10000, RotatedSize = 4, Scaling = RotaryScaling.LongRope, OriginalMaxPositions = 32, MaxPositions = 128, ShortFactors = [1, 1], LongFactors = [2, 4],
        };
        longRope.InverseFrequencies(32).ShouldBe([1f, 0.01f]);
        longRope.InverseFrequencies(33).ShouldBe([0.5f, 0.0025f]);
        longRope.ResolvedAttentionFactor.ShouldBe(Math.Sqrt(1 + Math.Log(4) / Math.Log(32)));
    }

    [Fact]
    public void ProportionalRotationLeavesTheSlowPairsStill()
    {
        var settings = new RotarySettings { Theta = 1000, RotatedSize = 16, Scaling = RotaryScaling.Proportional, TurningShare = 0.25, Factor = 2 };
        var frequencies = settings.InverseFrequencies();
        frequencies[0].ShouldBe(0.5f);
        frequencies[1].ShouldBe((float)(0.5 * Math.Pow(1000, -2.0 / 16)));
        frequencies[2..].ShouldAllBe(f => f == 0);
    }

    [Fact]
    public void MissingFactorsAreRefused() => Should.Throw<InvalidOperationException>(() =>
        new RotarySettings { Theta = 1000, RotatedSize = 16, Scaling = RotaryScaling.LongRope, OriginalMaxPositions = 8, ShortFactors = [1, 2] }.InverseFrequencies());

    private static double[] Rotated(double[] x, int heads, int size, RotarySettings settings, int position)
    {
        var (y, half) = ((double[])x.Clone(), settings.RotatedSize / 2);
        for (var head = 0; head < heads; head++)
        {
            for (var i = 0; i < half; i++)
            {
                var angle = position * Math.Pow(settings.Theta, -2.0 * i / settings.RotatedSize);
                var (a, b) = settings.Interleaved ? (head * size + 2 * i, head * size + 2 * i + 1) : (head * size + i, head * size + i + half);
                (y[a], y[b]) = (x[a] * Math.Cos(angle) - x[b] * Math.Sin(angle), x[b] * Math.Cos(angle) + x[a] * Math.Sin(angle));
            }
        }

        return y;
    }
}
