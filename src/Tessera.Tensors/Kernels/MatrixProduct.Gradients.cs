using Tessera.Tensors.Threads;

namespace Tessera.Tensors.Kernels;

public static unsafe partial class MatrixProduct
{
    /// <summary>dx[r, k] (+)= Σ_n dy[r, n] · w[n, k], each element one chain in ascending n; always exact arithmetic, for weights of any format.</summary>
    /// <param name="pool">Threads to compute with.</param>
    /// <param name="dy">[rows, out].</param>
    /// <param name="rows">How many rows; 0 does nothing.</param>
    /// <param name="dyStride">Floats from one row of <paramref name="dy"/> to the next.</param>
    /// <param name="w">The weights, [out, in].</param>
    /// <param name="dx">[rows, in]; must not overlap <paramref name="dy"/>.</param>
    /// <param name="dxStride">Floats from one row of <paramref name="dx"/> to the next.</param>
    /// <param name="accumulate">Whether the sums start from what <paramref name="dx"/> holds; otherwise from 0.</param>
    public static void MultiplyTransposed(ComputePool pool, float* dy, int rows, int dyStride, PackedMatrix w, float* dx, int dxStride, bool accumulate) =>
        MultiplyTransposed(KernelTable.Process, pool, dy, rows, dyStride, w, dx, dxStride, accumulate);

    /// <summary>
    /// dw[n, k] += Σ_r dy[r, n] · x[r, k], each element one chain in ascending r, so that any number of threads gives the same bits.
    /// </summary>
    /// <param name="pool">Threads to compute with.</param>
    /// <param name="dy">[rows, out].</param>
    /// <param name="dyStride">Floats from one row of <paramref name="dy"/> to the next.</param>
    /// <param name="x">[rows, in].</param>
    /// <param name="xStride">Floats from one row of <paramref name="x"/> to the next.</param>
    /// <param name="rows">How many rows; 0 does nothing.</param>
    /// <param name="outCount">Outputs.</param>
    /// <param name="inCount">Inputs.</param>
    /// <param name="dw">[out, in], contiguous.</param>
    public static void AccumulateOuter(ComputePool pool, float* dy, int dyStride, float* x, int xStride, int rows, int outCount, int inCount, float* dw) =>
        AccumulateOuter(KernelTable.Process, pool, dy, dyStride, x, xStride, rows, outCount, inCount, dw);

    internal static void MultiplyTransposed(KernelTable table, ComputePool pool, float* dy, int rows, int dyStride, PackedMatrix w, float* dx, int dxStride, bool accumulate)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(w);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(dyStride, w.Rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(dxStride, w.Columns);
        if (rows == 0) return;
        var job = new TransposedJob(table, pool, dy, rows, dyStride, w, dx, dxStride, accumulate);
        pool.For(job.Units, ref job, (long)rows * w.Rows * w.Columns < ProductJob.AloneBelow);
    }

    internal static void AccumulateOuter(KernelTable table, ComputePool pool, float* dy, int dyStride, float* x, int xStride, int rows, int outCount, int inCount, float* dw)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(outCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(inCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(dyStride, outCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(xStride, inCount);
        if (rows == 0) return;
        var job = new OuterJob(table, pool, dy, dyStride, x, xStride, rows, outCount, inCount, dw);
        pool.For(job.Units, ref job, (long)rows * outCount * inCount < ProductJob.AloneBelow);
    }
}
