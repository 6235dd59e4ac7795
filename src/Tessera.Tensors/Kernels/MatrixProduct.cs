using Tessera.Tensors.Threads;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// Products of activations with packed weights. The result of a row depends on that row, the matrix, the mode and the process's kernels;
/// never on the other rows of the call, on the number of threads or on where the row stands: lanes are outputs, each output is one
/// chain in ascending k.
/// </summary>
public static unsafe partial class MatrixProduct
{
    /// <summary>y[r, n] = Σ_k x[r, k] · w[n, k] (+ bias[n]) for one or several matrices that share x, in one dispatch.</summary>
    /// <param name="pool">Threads to compute with.</param>
    /// <param name="mode">The arithmetic.</param>
    /// <param name="x">[rows, in].</param>
    /// <param name="rows">How many rows; 0 does nothing.</param>
    /// <param name="xStride">Floats from one row of <paramref name="x"/> to the next, at least <c>in</c>.</param>
    /// <param name="targets">One to eight matrices with as many inputs each, and where their results go.</param>
    /// <param name="scratch">Memory for quantised activations.</param>
    /// <exception cref="ArgumentException">No target or more than eight, or their inputs differ.</exception>
    public static void Multiply(ComputePool pool, Arithmetic mode, float* x, int rows, int xStride, ReadOnlySpan<MatrixTarget> targets, ActivationScratch scratch) =>
        Multiply(KernelTable.Process, pool, mode, x, rows, xStride, targets, scratch);

    internal static void Multiply(KernelTable table, ComputePool pool, Arithmetic mode, float* x, int rows, int xStride, ReadOnlySpan<MatrixTarget> targets, ActivationScratch scratch)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(scratch);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        if (targets.Length is < 1 or > ProductJob.MaxTargets)
            throw new ArgumentException($"{targets.Length} targets; a call takes 1 to {ProductJob.MaxTargets}.", nameof(targets));
        var columns = targets[0].Matrix.Columns;
        ArgumentOutOfRangeException.ThrowIfLessThan(xStride, columns);
        if (rows == 0) return;

        var job = new ProductJob { Pool = pool, Table = table, Mode = mode, X = x, Rows = rows, XStride = xStride };
        var pairs = 0;
        foreach (ref readonly var target in targets)
        {
            if (target.Matrix.Columns != columns)
                throw new ArgumentException($"Targets share their input; one has {target.Matrix.Columns} columns, another {columns}.", nameof(targets));
            pairs += (target.Matrix.Panels + 1) / 2;
            if (mode != Arithmetic.Fast || !target.Matrix.Layout.IsInteger) continue;
            ref var quantised = ref target.Matrix.WideActivations ? ref job.Wide : ref job.Narrow;
            if (quantised == null) quantised = Quantise(table, pool, x, rows, xStride, columns, target.Matrix.WideActivations, scratch);
        }

        // Enough units to even out threads of unequal speed, few enough that handing them out costs nothing.
        const int UnitsPerThread = 6;
        job.PairsPerUnit = rows > 16 ? 1 : Math.Max(1, pairs / (pool.Threads * UnitsPerThread));
        var units = 0;
        foreach (ref readonly var target in targets) units = job.Add(target);
        pool.For(units, ref job, (long)rows * columns * pairs * 2 * PanelLayout.Width < ProductJob.AloneBelow);
    }

    private static byte* Quantise(KernelTable table, ComputePool pool, float* x, int rows, int xStride, int columns, bool wide, ActivationScratch scratch)
    {
        var to = scratch.Reserve(rows, columns, wide);
        var rowBytes = ActivationLayout.RowBytes(columns, wide);
        if (table.Path == KernelPath.Scalar)
        {
            for (var r = 0; r < rows; r++) ActivationQuantiser.RowScalar(x + (long)r * xStride, columns, to + r * rowBytes, wide);
            return to;
        }

        var quantiser = new ActivationQuantiser(x, xStride, rows, columns, to, wide);
        var parts = (rows + ActivationQuantiser.PartRows - 1) / ActivationQuantiser.PartRows;
        if (parts < 4) for (var part = 0; part < parts; part++) quantiser.Run(part, 0); // a dispatch costs more than it saves
        else pool.For(parts, ref quantiser);
        return to;
    }
}
