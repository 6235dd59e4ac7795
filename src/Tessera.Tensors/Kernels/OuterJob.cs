using Tessera.Tensors.Threads;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// The units of dyᵀ·x: 32 inputs × a run of outputs. A unit copies its columns of x and dy piece by piece into the thread's memory
/// ([r][32] and [r][outputs]) and continues the chains, over rows in ascending order, from dw.
/// </summary>
internal readonly unsafe struct OuterJob(
    KernelTable table, ComputePool pool, float* dy, int dyStride, float* x, int xStride, int rows, int outCount, int inCount, float* dw) : IParallelJob
{
    private const int Lanes = 2 * PanelLayout.Width;
    private const int UnitOutputs = 96; // 8 tiles of 12
    private const int Piece = 256; // rows at a time: 32 KiB of x

    private int InGroups => (inCount + Lanes - 1) / Lanes;

    /// <summary>How many parts the job has.</summary>
    public int Units => InGroups * ((outCount + UnitOutputs - 1) / UnitOutputs);

    /// <inheritdoc/>
    public void Run(int part, int worker)
    {
        const int TileX = Piece * Lanes, TileY = Piece * UnitOutputs;
        var memory = (float*)pool.WorkerMemory(worker, (TileX + TileY + UnitOutputs * Lanes) * sizeof(float));
        var tileX = memory;
        var tileY = tileX + TileX;
        var result = tileY + TileY;
        var k = part % InGroups * Lanes;
        var n = part / InGroups * UnitOutputs;
        var (width, outputs) = (Math.Min(Lanes, inCount - k), Math.Min(UnitOutputs, outCount - n));
        var whole = width == Lanes;
        var c = dw + (long)n * inCount + k;
        if (!whole) Copy(c, inCount, result, Lanes, outputs, width);
        for (var r = 0; r < rows; r += Piece)
        {
            FloatBlock block;
            block.Depth = Math.Min(Piece, rows - r);
            Copy(x + (long)r * xStride + k, xStride, tileX, Lanes, block.Depth, width);
            Copy(dy + (long)r * dyStride + n, dyStride, tileY, UnitOutputs, block.Depth, outputs);
            block.A = tileY;
            block.ARow = 1;
            block.ADepth = UnitOutputs;
            block.B0 = (byte*)tileX;
            block.B1 = (byte*)(tileX + PanelLayout.Width);
            block.BDepth = Lanes;
            block.C = whole ? c : result;
            block.CRow = whole ? inCount : Lanes;
            block.Accumulate = true;
            table.Float(&block, outputs);
        }

        if (!whole) Copy(result, Lanes, c, inCount, outputs, width);
    }

    private static void Copy(float* from, nint fromStride, float* to, nint toStride, int rows, int columns)
    {
        for (var r = 0; r < rows; r++) new ReadOnlySpan<float>(from + r * fromStride, columns).CopyTo(new Span<float>(to + r * toStride, columns));
    }
}
