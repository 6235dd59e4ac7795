using Tessera.Tensors.Threads;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// The units of dy·W: 32 inputs × a chunk of rows. A unit walks the outputs in pieces, turns each piece of the panels' columns into a tile
/// [n][32] in the thread's memory and continues the chains from C.
/// </summary>
internal readonly unsafe struct TransposedJob(
    KernelTable table, ComputePool pool, float* dy, int rows, int dyStride, PackedMatrix w, float* dx, int dxStride, bool accumulate) : IParallelJob
{
    private const int Lanes = 2 * PanelLayout.Width;
    private const int ChunkRows = ProductJob.ChunkRows;
    private const int PiecePanels = 16; // 256 outputs: a tile of 32 KiB
    private const int FormatPiece = 256; // formats of large blocks are widened 256 columns at a time

    private int RowChunks => (rows + ChunkRows - 1) / ChunkRows;

    // Formats with blocks longer than 32 make a unit as wide as their block, so that a block is widened once.
    private int Width => w.Layout.Kind == PanelKind.Opaque ? FormatPiece : Lanes;

    /// <summary>How many parts the job has.</summary>
    public int Units => (w.Columns + Width - 1) / Width * RowChunks;

    /// <inheritdoc/>
    public void Run(int part, int worker)
    {
        const int TileFloats = PiecePanels * PanelLayout.Width * FormatPiece;
        const int PanelFloats = FormatPiece * PanelLayout.Width;
        var tile = (float*)pool.WorkerMemory(worker, (TileFloats + PanelFloats + ChunkRows * Lanes) * sizeof(float));
        var panelTile = tile + TileFloats;
        var result = panelTile + PanelFloats;
        var row = part % RowChunks * ChunkRows;
        var count = Math.Min(ChunkRows, rows - row);
        var column = part / RowChunks * Width;
        var width = Math.Min(Width, w.Columns - column);
        for (var panel = 0; panel < w.Panels; panel += PiecePanels)
        {
            var outputs = Math.Min(PiecePanels * PanelLayout.Width, w.Rows - panel * PanelLayout.Width);
            for (var p = 0; p * PanelLayout.Width < outputs; p++)
            {
                TileExpansion.ExpandFloats(w.Layout, w.Panel(panel + p), column, width, panelTile);
                Transpose(panelTile, width, tile + p * PanelLayout.Width * Width);
            }

            for (var k = 0; k < width; k += Lanes)
                Multiply(tile + k, panel, outputs, row, count, column + k, Math.Min(Lanes, width - k), result);
        }
    }

    private void Multiply(float* tile, int panel, int outputs, int row, int count, int column, int width, float* result)
    {
        var y = dx + (long)row * dxStride + column;
        var whole = width == Lanes;
        var continues = accumulate || panel > 0;
        FloatBlock block;
        block.A = dy + (long)row * dyStride + panel * PanelLayout.Width;
        block.ARow = dyStride;
        block.ADepth = 1;
        block.B0 = (byte*)tile;
        block.B1 = (byte*)(tile + PanelLayout.Width);
        block.BDepth = Width;
        block.Depth = outputs;
        block.C = whole ? y : result;
        block.CRow = whole ? dxStride : Lanes;
        block.Accumulate = continues;
        if (!whole && continues)
            for (var r = 0; r < count; r++) new ReadOnlySpan<float>(y + (long)r * dxStride, width).CopyTo(new Span<float>(result + r * Lanes, width));
        table.Float(&block, count);
        if (!whole)
            for (var r = 0; r < count; r++) new ReadOnlySpan<float>(result + r * Lanes, width).CopyTo(new Span<float>(y + (long)r * dxStride, width));
    }

    // [k][16] to [16][Width].
    private void Transpose(float* from, int columns, float* to)
    {
        var width = Width;
        for (var k = 0; k < columns; k++)
        {
            for (var n = 0; n < PanelLayout.Width; n++) to[n * width + k] = from[k * PanelLayout.Width + n];
        }
    }
}
