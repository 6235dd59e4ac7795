using Tessera.Tensors.Kernels;

namespace Tessera.Tensors.Tests.Kernels.Rows;

public sealed unsafe class RowArithmeticTests
{
    [Fact]
    public void SumsAndProductsAreTheirTwins()
    {
        RowCheck.Backward((_, dy, width, y) => RowArithmetic.Add(dy, width, y), (_, dy) => dy, 1e-7);
        RowCheck.Backward((_, dy, width, y) => RowArithmetic.AddScaled(dy, -0.75f, width, y), (_, dy) => [.. dy.Select(d => -0.75 * d)], 1e-7);
        RowCheck.Backward((x, dy, width, y) => RowArithmetic.AddProduct(x, dy, width, y), (x, dy) => [.. x.Zip(dy, (a, b) => a * b)], 1e-7);
        RowCheck.Forward((x, _, width, y) => RowArithmetic.Scale(x, 3f, width, y), x => [.. x.Select(v => 3 * v)], 1e-7);
        RowCheck.Forward((x, _, width, y) => RowArithmetic.Multiply(x, x, width, y), x => [.. x.Select(v => v * v)], 1e-7);
    }

    [Fact]
    public void DotAndMaxAreTheirTwins()
    {
        foreach (var width in RowCheck.Widths)
        {
            var (a, b) = (RowCheck.Normal(width, 1), RowCheck.Normal(width, 2));
            fixed (float* x = RowCheck.Single(a), y = RowCheck.Single(b))
            {
                RowArithmetic.Dot(x, y, width).ShouldBe(a.Zip(b, (p, q) => p * q).Sum(), 1e-6 * width);
                RowArithmetic.Max(x, width).ShouldBe((float)a.Max());
            }
        }
    }

    [Fact]
    public void SumsKeepOneOrderToTheBitOnEveryMachine()
    {
        foreach (var width in RowCheck.Widths)
        {
            var (a, b) = (RowCheck.Single(RowCheck.Normal(width, 5)), RowCheck.Single(RowCheck.Normal(width, 6)));
            var total = 0.0;
            for (var start = 0; start < width; start += 1024)
            {
                var lanes = new float[16];
                for (var i = start; i < Math.Min(start + 1024, width); i++) lanes[i % 16] += a[i] * b[i];
                for (var half = 8; half > 0; half /= 2)
                    for (var i = 0; i < half; i++) lanes[i] += lanes[i + half];
                total += lanes[0];
            }

            fixed (float* x = a, y = b) RowArithmetic.Dot(x, y, width).ShouldBe(total);
        }
    }

    [Fact]
    public void TheLargestOfRowsWithNaNIsNaN()
    {
        for (var at = 0; at < 40; at++)
        {
            var row = new float[40];
            row[at] = float.NaN;
            fixed (float* x = row) RowArithmetic.Max(x, 40).ShouldBe(float.NaN);
        }

        fixed (float* x = new float[1]) RowArithmetic.Max(x, 0).ShouldBe(float.NegativeInfinity);
    }
}
