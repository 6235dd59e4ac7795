using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Tensors.Tests.Kernels;

public sealed unsafe class GradientProductTests
{
    private static readonly ComputePool Pool = new(2);

    public static TheoryData<string> Paths() => [.. TestMatrices.SupportedPaths];

    [Theory]
    [MemberData(nameof(Paths), DisableDiscoveryEnumeration = true)]
    public void MultiplyTransposedIsTheChainOfTheDefinitionBitForBit(string path)
    {
        foreach (var (format, outputs, columns, rows) in new[]
        {
            (TensorFormat.F32, 1, 1, 1), (TensorFormat.F32, 24, 33, 5), (TensorFormat.F32, 300, 70, 17), (TensorFormat.F16, 17, 40, 12),
            (TensorFormat.Q8_0, 33, 96, 3), (TensorFormat.Q4_1, 270, 64, 13), (TensorFormat.Q6_K, 20, 512, 2), (TensorFormat.Q2_K, 20, 512, 4), (TensorFormat.F32, 16, 32, 250),
        })
        {
            var weights = TestMatrices.Weights(format, outputs, columns);
            using var matrix = PackedMatrix.Pack(weights, Pool);
            var dy = TestMatrices.Numbers(rows * outputs, 5);
            var start = TestMatrices.Numbers(rows * columns, 6);
            foreach (var accumulate in new[] { false, true })
            {
                var dx = start.ToArray();
                fixed (float* pdy = dy, pdx = dx) MatrixProduct.MultiplyTransposed(TestMatrices.Table(path), Pool, pdy, rows, outputs, matrix, pdx, columns, accumulate);
                dx.ShouldBe(Definition(dy, rows, weights.ToArray(), outputs, columns, accumulate ? start : new float[start.Length]), $"{format} {outputs}x{columns}, {rows} rows");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Paths), DisableDiscoveryEnumeration = true)]
    public void AccumulateOuterIsTheChainOfTheDefinitionBitForBit(string path)
    {
        foreach (var (outputs, columns, rows) in new[] { (1, 1, 1), (24, 33, 5), (100, 64, 300), (97, 31, 257), (12, 40, 512) })
        {
            var dy = TestMatrices.Numbers(rows * outputs, 5);
            var x = TestMatrices.Numbers(rows * columns, 6);
            var start = TestMatrices.Numbers(outputs * columns, 7);
            var expected = start.ToArray();
            for (var n = 0; n < outputs; n++)
            {
                for (var k = 0; k < columns; k++)
                {
                    for (var r = 0; r < rows; r++) expected[n * columns + k] = MathF.FusedMultiplyAdd(dy[r * outputs + n], x[r * columns + k], expected[n * columns + k]);
                }
            }

            foreach (var threads in new[] { 1, 2, 3 })
            {
                using var pool = new ComputePool(threads);
                var dw = start.ToArray();
                fixed (float* pdy = dy, px = x, pdw = dw) MatrixProduct.AccumulateOuter(TestMatrices.Table(path), pool, pdy, outputs, px, columns, rows, outputs, columns, pdw);
                dw.ShouldBe(expected, $"{outputs}x{columns}, {rows} rows, {threads} threads");
            }
        }
    }

    private static float[] Definition(float[] dy, int rows, float[] w, int outputs, int columns, float[] start)
    {
        var dx = start.ToArray();
        for (var r = 0; r < rows; r++)
        {
            for (var k = 0; k < columns; k++)
            {
                for (var n = 0; n < outputs; n++) dx[r * columns + k] = MathF.FusedMultiplyAdd(dy[r * outputs + n], w[n * columns + k], dx[r * columns + k]);
            }
        }

        return dx;
    }
}
