using System.Collections.Concurrent;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Tensors.Tests.Kernels;

public sealed unsafe class MatrixProductTests
{
    private static readonly ComputePool Pool = new(2);
    private static readonly ConcurrentDictionary<(TensorFormat, int, int, int, bool), float[]> ScalarProducts = new();

    public static TheoryData<string, TensorFormat> PathsAndFormats() => Cross(TestMatrices.IntegerFormats.Concat(TestMatrices.FloatFormats));

    public static TheoryData<string, TensorFormat> PathsAndIntegerFormats() => Cross(TestMatrices.IntegerFormats);

    [Theory]
    [MemberData(nameof(PathsAndFormats), DisableDiscoveryEnumeration = true)]
    public void ExactIsTheChainOfTheDefinitionBitForBit(string path, TensorFormat format)
    {
        foreach (var (outputs, columns, rows) in Shapes(format))
        {
            using var problem = new Problem(format, outputs, columns, rows);
            problem.Run(TestMatrices.Table(path), Pool, Arithmetic.Exact).ShouldBe(TestMatrices.ExactProduct(format, outputs, columns, rows), $"{outputs}x{columns}, {rows} rows");
        }
    }

    [Theory]
    [MemberData(nameof(PathsAndIntegerFormats), DisableDiscoveryEnumeration = true)]
    public void FastGivesTheScalarKernelsBits(string path, TensorFormat format)
    {
        foreach (var wide in new[] { false, true })
        {
            foreach (var (outputs, columns, rows) in Shapes(format))
            {
                using var problem = new Problem(format, outputs, columns, rows, wide);
                var expected = ScalarProducts.GetOrAdd((format, outputs, columns, rows, wide), _ => problem.Run(KernelTable.Of(KernelPath.Scalar), Pool, Arithmetic.Fast));
                problem.Run(TestMatrices.Table(path), Pool, Arithmetic.Fast).ShouldBe(expected, $"{outputs}x{columns}, {rows} rows, wide {wide}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(PathsAndIntegerFormats), DisableDiscoveryEnumeration = true)]
    public void FastKeepsItsBitsOnExtremeActivations(string path, TensorFormat format)
    {
        foreach (var wide in new[] { false, true })
        {
            using var problem = new Problem(format, 33, 512, 9, wide);
            for (var i = 0; i < problem.X.Length; i++)
                problem.X[i] = (i / 32 % 5) switch { 0 => i % 2 == 0 ? 3 : -3, 1 => 1e-38f, 2 => 0, 3 => 1e30f * problem.X[i], _ => -2 };
            var expected = problem.Run(KernelTable.Of(KernelPath.Scalar), Pool, Arithmetic.Fast);
            problem.Run(TestMatrices.Table(path), Pool, Arithmetic.Fast).ShouldBe(expected);
        }
    }

    [Theory]
    [MemberData(nameof(PathsAndIntegerFormats), DisableDiscoveryEnumeration = true)]
    public void ANonFiniteActivationMakesItsRowNaNAndNoOther(string path, TensorFormat format)
    {
        using var problem = new Problem(format, 20, 256, 3);
        problem.X[256 + 40] = float.PositiveInfinity;
        problem.X[512 + 9] = float.NaN;
        var y = problem.Run(TestMatrices.Table(path), Pool, Arithmetic.Fast);
        y.Take(20).ShouldAllBe(v => float.IsFinite(v));
        y.Skip(20).ShouldAllBe(v => float.IsNaN(v));
    }

    [Theory]
    [InlineData(false, 0.5 / 127)]
    [InlineData(true, 0.5 / 32512)]
    public void FastIsAsCloseToTheTruthAsItsActivationsAllow(bool wide, double step)
    {
        foreach (var format in TestMatrices.IntegerFormats)
        {
            using var problem = new Problem(format, 37, 1024, 3, wide);
            var y = problem.Run(KernelTable.Process, Pool, Arithmetic.Fast);
            var w = problem.Weights.ToArray();
            for (var r = 0; r < 3; r++)
            {
                for (var n = 0; n < 37; n++)
                {
                    var (truth, bound) = (0.0, 0.0);
                    for (var block = 0; block < 1024; block += 32)
                    {
                        var peak = 0f;
                        for (var k = block; k < block + 32; k++) peak = Math.Max(peak, Math.Abs(problem.X[r * 1024 + k]));
                        for (var k = block; k < block + 32; k++)
                        {
                            truth += (double)problem.X[r * 1024 + k] * w[n * 1024 + k];
                            bound += Math.Abs(w[n * 1024 + k]) * peak * step * 1.01; // half a step of rounding per activation
                        }
                    }

                    // Besides the activations' rounding, 32 additions in F32 of numbers of the result's size.
                    Math.Abs(y[r * 37 + n] - truth).ShouldBeLessThan(bound + 1e-5, format.ToString());
                }
            }
        }
    }

    [Theory]
    [InlineData(Arithmetic.Exact)]
    [InlineData(Arithmetic.Fast)]
    public void ARowDoesNotDependOnTheOthersNorOnThreads(Arithmetic mode)
    {
        using var one = new ComputePool(1);
        using var three = new ComputePool(3);
        using var eight = new ComputePool(8);
        foreach (var format in TestMatrices.IntegerFormats.Append(TensorFormat.F32).Append(TensorFormat.F16))
        {
            using var problem = new Problem(format, 83, 512, 512, format is TensorFormat.Q5_1 or TensorFormat.Q8_0);
            var all = problem.Run(KernelTable.Process, Pool, mode);
            foreach (var pool in new[] { one, three, eight })
            {
                problem.Run(KernelTable.Process, pool, mode).ShouldBe(all, $"{format}, {pool.Threads} threads");
                foreach (var rows in Enumerable.Range(1, 17).Concat([31, 32, 33]))
                {
                    const int First = 100;
                    problem.Run(KernelTable.Process, pool, mode, First, rows).ShouldBe(all[(First * 83)..((First + rows) * 83)], $"{format}, {rows} rows, {pool.Threads} threads");
                }
            }
        }
    }

    [Fact]
    public void TargetsShareOneCallAndTakeStridesAndBiases()
    {
        const int Rows = 5, Columns = 96, Stride = 101;
        float[] dense = TestMatrices.Numbers(Rows * Columns, 3), strided = new float[Rows * Stride];
        for (var r = 0; r < Rows; r++) dense.AsSpan(r * Columns, Columns).CopyTo(strided.AsSpan(r * Stride));
        Tensor[] weights = [TestMatrices.Weights(TensorFormat.F32, 40, Columns, 4), TestMatrices.Weights(TensorFormat.Q8_0, 16, Columns, 5), TestMatrices.Weights(TensorFormat.Q4_1, 7, Columns, 6)];
        var bias = TestMatrices.Numbers(40, 8);
        using var scratch = new ActivationScratch();
        using var a = PackedMatrix.Pack(weights[0], Pool);
        using var b = PackedMatrix.Pack(weights[1], Pool);
        using var c = PackedMatrix.Pack(weights[2], Pool);
        float[] ya = Filled(Rows * 50), yb = Filled(Rows * 16), yc = Filled(Rows * 20);
        fixed (float* px = strided, pa = ya, pb = yb, pc = yc, pBias = bias)
        {
            MatrixProduct.Multiply(Pool, Arithmetic.Exact, px, Rows, Stride,
                [new MatrixTarget(a, pa, 50, pBias), new MatrixTarget(b, pb, 16), new MatrixTarget(c, pc, 20, pBias)], scratch);
        }

        Rect(ya, 50, 40).ShouldBe(TestMatrices.Exact(dense, Rows, weights[0], bias));
        Rect(yb, 16, 16).ShouldBe(TestMatrices.Exact(dense, Rows, weights[1]));
        Rect(yc, 20, 7).ShouldBe(TestMatrices.Exact(dense, Rows, weights[2], bias));
        Enumerable.Range(0, Rows).SelectMany(r => ya.Skip(r * 50 + 40).Take(10)).ShouldAllBe(v => v == 77, "written outside its row");
        Enumerable.Range(0, Rows).SelectMany(r => yc.Skip(r * 20 + 7).Take(13)).ShouldAllBe(v => v == 77, "written outside its row");

        static float[] Filled(int count) => [.. Enumerable.Repeat(77f, count)];
        static float[] Rect(float[] y, int stride, int width) => [.. Enumerable.Range(0, Rows).SelectMany(r => y.Skip(r * stride).Take(width))];
    }

    [Fact]
    public void NothingIsAllocatedAfterTheFirstCall()
    {
        using var problem = new Problem(TensorFormat.Q4_1, 64, 256, 8);
        problem.Run(KernelTable.Process, Pool, Arithmetic.Fast);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var blocks = NativeBuffer.Allocations;
        problem.Multiply(KernelTable.Process, Pool, Arithmetic.Fast, 0, 8);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        problem.ScratchBytes.ShouldBe(8 * 8 * 48);
        blocks.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void WrongCallsAreRefused()
    {
        using var problem = new Problem(TensorFormat.F32, 4, 8, 1);
        using var other = PackedMatrix.Pack(TestMatrices.Weights(TensorFormat.F32, 4, 9), Pool);
        using var scratch = new ActivationScratch();
        var memory = stackalloc float[64];
        Should.Throw<ArgumentException>(() => MatrixProduct.Multiply(Pool, Arithmetic.Exact, memory, 1, 8, [], scratch));
        Should.Throw<ArgumentException>(() => MatrixProduct.Multiply(Pool, Arithmetic.Exact, memory, 1, 9, [new MatrixTarget(problem.Matrix, memory, 4), new MatrixTarget(other, memory, 4)], scratch));
        Should.Throw<ArgumentOutOfRangeException>(() => MatrixProduct.Multiply(Pool, Arithmetic.Exact, memory, 1, 7, [new MatrixTarget(problem.Matrix, memory, 4)], scratch));
        Should.Throw<ArgumentOutOfRangeException>(() => MatrixProduct.Multiply(Pool, Arithmetic.Exact, memory, -1, 8, [new MatrixTarget(problem.Matrix, memory, 4)], scratch));
        Should.Throw<ArgumentOutOfRangeException>(() => new MatrixTarget(problem.Matrix, memory, 3));
        Should.Throw<ArgumentException>(() => PackedMatrix.Pack(Tensor.Create(TensorFormat.F32, 4), Pool));
    }

    private static IEnumerable<(int Outputs, int Columns, int Rows)> Shapes(TensorFormat format)
    {
        // Around panels of 16 and pairs of 32, tiles of 4 and 12 rows, pieces of 256 columns.
        int[] columns = format switch
        {
            TensorFormat.F32 or TensorFormat.F16 or TensorFormat.BF16 => [1, 24, 33, 257],
            TensorFormat.Q2_K or TensorFormat.Q3_K or TensorFormat.Q4_K or TensorFormat.Q5_K or TensorFormat.Q6_K or TensorFormat.IQ4_XS => [256, 1280],
            _ => [32, 64, 1056],
        };
        foreach (var k in columns)
        {
            foreach (var n in new[] { 1, 15, 16, 17, 32, 33, 49 }) yield return (n, k, n % 3 + 1);
            foreach (var r in new[] { 4, 5, 6, 7, 12, 13, 25 }) yield return (40, k, r);
        }

        yield return (24, columns[0], 250);
    }

    private static TheoryData<string, TensorFormat> Cross(IEnumerable<TensorFormat> formats)
    {
        var data = new TheoryData<string, TensorFormat>();
        foreach (var path in TestMatrices.SupportedPaths)
        {
            foreach (var format in formats) data.Add(path, format);
        }

        return data;
    }

    /// <summary>Weights, activations and the memory of one product.</summary>
    private sealed class Problem : IDisposable
    {
        private readonly ActivationScratch _scratch = new();
        private readonly int _rows;
        private readonly float[] _y;

        public Problem(TensorFormat format, int outputs, int columns, int rows, bool wide = false)
        {
            _rows = rows;
            Weights = TestMatrices.Weights(format, outputs, columns);
            Matrix = PackedMatrix.Pack(Weights, Pool, wide);
            X = TestMatrices.Numbers(rows * columns, 2);
            _y = new float[rows * outputs];
        }

        public Tensor Weights { get; }

        public PackedMatrix Matrix { get; }

        public float[] X { get; }

        public long ScratchBytes => _scratch.ByteLength;

        public float[] Run(KernelTable table, ComputePool pool, Arithmetic mode, int first = 0, int? rows = null)
        {
            Multiply(table, pool, mode, first, rows ?? _rows);
            return _y[..((rows ?? _rows) * Matrix.Rows)];
        }

        public void Multiply(KernelTable table, ComputePool pool, Arithmetic mode, int first, int rows)
        {
            fixed (float* x = X, y = _y)
            {
                MatrixProduct.Multiply(table, pool, mode, x + first * Matrix.Columns, rows, Matrix.Columns, [new MatrixTarget(Matrix, y, Matrix.Rows)], _scratch);
            }
        }

        public void Dispose()
        {
            Matrix.Dispose();
            _scratch.Dispose();
        }
    }
}
