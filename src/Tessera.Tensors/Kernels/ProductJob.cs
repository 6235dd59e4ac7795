using System.Runtime.CompilerServices;
using Tessera.Tensors.Threads;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// The units of a product: a target's run of panel pairs (32 outputs each) × a chunk of rows. A unit expands the weights that its kernel
/// can't read packed into a tile in the thread's own memory, piece by piece along k; the kernels continue the chains from C.
/// </summary>
internal unsafe struct ProductJob : IParallelJob
{
    /// <summary>Most targets of one call.</summary>
    public const int MaxTargets = 8;

    /// <summary>Most rows of a chunk: a multiple of every kernel's tile; 240 rows of activations of a 1,536-wide layer fit a 1-MiB L2 cache.</summary>
    public const int ChunkRows = 240;

    /// <summary>Products of fewer multiply-adds are not worth waking threads for: a microsecond's work.</summary>
    public const long AloneBelow = 64 << 10;

    private const int Pair = 2 * PanelLayout.Width;
    private const int FloatPiece = 256; // k in a float tile: 32 KiB for a pair of panels; a whole number of blocks of every format
    private const int IntegerPiece = 32; // blocks in an integer tile: 32 KiB of codes
    private const int DirectPiece = 128; // blocks of a pair that are multiplied straight from the panel: at most 136 KiB

    private const int FarthestAhead = 64 << 10; // beyond it, fetched weights would push each other out of the cache before they are used

    private TargetList _targets;
    private UnitList _firstUnits;
    private int _count;

    public ComputePool Pool;
    public KernelTable Table;
    public Arithmetic Mode;
    public float* X;
    public int Rows, XStride, PairsPerUnit;
    public byte* Narrow, Wide;

    private readonly int RowChunks => (Rows + ChunkRows - 1) / ChunkRows;

    // Nearly equal chunks, in whole tiles of 12.
    private readonly int RowsPerChunk => ((Rows + RowChunks - 1) / RowChunks + 11) / 12 * 12;

    /// <summary>Adds a target; returns the number of units so far.</summary>
    public int Add(in MatrixTarget target)
    {
        var first = _count == 0 ? 0 : _firstUnits[_count];
        _targets[_count] = target;
        var groups = ((target.Matrix.Panels + 1) / 2 + PairsPerUnit - 1) / PairsPerUnit;
        _firstUnits[++_count] = first + groups * RowChunks;
        return _firstUnits[_count];
    }

    /// <inheritdoc/>
    public void Run(int part, int worker)
    {
        var index = 0;
        while (part >= _firstUnits[index + 1]) index++;
        var unit = part - _firstUnits[index];
        ref readonly var target = ref _targets[index];
        var row = unit % RowChunks * RowsPerChunk;
        var rows = Math.Min(RowsPerChunk, Rows - row);
        var pair = unit / RowChunks * PairsPerUnit;
        var last = Math.Min(pair + PairsPerUnit, (target.Matrix.Panels + 1) / 2);
        var memory = new TileMemory(Pool.WorkerMemory(worker, TileMemory.Bytes));
        for (; pair < last; pair++) Compute(target, pair, row, rows, memory);
    }

    private readonly void Compute(in MatrixTarget target, int pair, int row, int rows, TileMemory memory)
    {
        var matrix = target.Matrix;
        var columns = Math.Min(Pair, matrix.Rows - pair * Pair);
        var y = target.Y + (long)row * target.YStride + pair * Pair;
        var c = columns == Pair ? y : memory.Result;
        var cRow = columns == Pair ? target.YStride : Pair;
        var panel0 = matrix.Panel(2 * pair);
        var panel1 = columns > PanelLayout.Width ? matrix.Panel(2 * pair + 1) : panel0;
        if (Mode == Arithmetic.Fast && matrix.Layout.IsInteger) Integers(matrix, panel0, panel1, row, rows, c, cRow, memory);
        else Floats(matrix, panel0, panel1, row, rows, c, cRow, memory);
        Finish(target, pair, columns, rows, c, cRow, y);
    }

    // Copies the valid columns of an incomplete pair and adds the bias.
    private static void Finish(in MatrixTarget target, int pair, int columns, int rows, float* c, nint cRow, float* y)
    {
        if (columns == Pair && target.Bias == null) return;
        for (var r = 0; r < rows; r++)
        {
            var from = new ReadOnlySpan<float>(c + r * cRow, columns);
            var to = new Span<float>(y + (long)r * target.YStride, columns);
            if (target.Bias == null) from.CopyTo(to);
            else System.Numerics.Tensors.TensorPrimitives.Add(from, new ReadOnlySpan<float>(target.Bias + pair * Pair, columns), to);
        }
    }

    private readonly void Floats(PackedMatrix matrix, byte* panel0, byte* panel1, int row, int rows, float* c, nint cRow, TileMemory memory)
    {
        var layout = matrix.Layout;
        // A few rows take halves straight from the panel; for more it pays to widen them once.
        const int FewRows = 8;
        var direct = layout.Kind == PanelKind.Single || (layout.Kind is PanelKind.Half or PanelKind.BFloat && rows <= FewRows);
        FloatBlock block;
        block.ARow = XStride;
        block.ADepth = 1;
        block.BDepth = PanelLayout.Width;
        block.C = c;
        block.CRow = cRow;
        for (var k = 0; k < layout.Columns; k += FloatPiece)
        {
            block.A = X + (long)row * XStride + k;
            block.Depth = Math.Min(FloatPiece, layout.Columns - k);
            block.Accumulate = k > 0;
            if (direct)
            {
                var bytes = (long)k * PanelLayout.Width * (layout.Kind == PanelKind.Single ? sizeof(float) : sizeof(ushort));
                block.B0 = panel0 + bytes;
                block.B1 = panel1 + bytes;
            }
            else
            {
                Fetch(layout, panel0, k / PanelLayout.BlockLength, block.Depth / PanelLayout.BlockLength);
                Fetch(layout, panel1, k / PanelLayout.BlockLength, block.Depth / PanelLayout.BlockLength);
                TileExpansion.ExpandFloats(layout, panel0, k, block.Depth, memory.Floats);
                if (panel1 != panel0) TileExpansion.ExpandFloats(layout, panel1, k, block.Depth, memory.Floats + FloatPiece * PanelLayout.Width);
                block.B0 = (byte*)memory.Floats;
                block.B1 = panel1 == panel0 ? block.B0 : (byte*)(memory.Floats + FloatPiece * PanelLayout.Width);
            }

            if (!direct || layout.Kind == PanelKind.Single) Table.Float(&block, rows);
            else if (layout.Kind == PanelKind.Half) Table.FloatOfHalves(&block, rows);
            else Table.FloatOfBFloats(&block, rows);
        }
    }

    private readonly void Integers(PackedMatrix matrix, byte* panel0, byte* panel1, int row, int rows, float* c, nint cRow, TileMemory memory)
    {
        var layout = matrix.Layout;
        var wide = matrix.WideActivations;
        var direct = Table.ReadsPanels(layout.Kind, wide, rows, out var source);
        var piece = direct ? DirectPiece : IntegerPiece;
        var next = (nint)Math.Min(2 * layout.PanelBytes, FarthestAhead);
        IntegerBlock block;
        block.XRow = (nint)ActivationLayout.RowBytes(layout.Columns, wide);
        block.C = c;
        block.CRow = cRow;
        for (var b = 0; b < layout.Blocks; b += piece)
        {
            block.X = (wide ? Wide : Narrow) + row * block.XRow + (nint)b * ActivationLayout.BlockBytes(wide);
            block.Blocks = Math.Min(piece, layout.Blocks - b);
            block.Accumulate = b > 0 ? 1 : 0;
            block.Ahead = direct ? next : 0;
            if (direct)
            {
                block.Codes = panel0 + (long)b * layout.CodeBytes;
                block.High = panel0 + layout.HighOffset + (long)b * layout.HighBytes;
                block.Scales = panel0 + layout.ScaleOffset + (long)b * layout.ScaleBytes;
                block.Minima = panel0 + layout.MinimumOffset + (long)b * layout.MinimumBytes;
                block.Super = panel0 + layout.SuperOffset + (long)b / 8 * layout.SuperBytes;
                block.Second = (nint)(panel1 - panel0);
            }
            else
            {
                Expand(layout, panel0, b, (int)block.Blocks, memory.Codes);
                if (panel1 != panel0) Expand(layout, panel1, b, (int)block.Blocks, memory.Codes + TileMemory.SlotBytes);
                block.Codes = block.High = block.Super = memory.Codes;
                block.Scales = block.Codes + TileMemory.ScaleOffset;
                block.Minima = block.Codes + TileMemory.MinimumOffset;
                block.Second = panel1 != panel0 ? TileMemory.SlotBytes : 0;
            }

            Table.Integer(source, wide, &block, rows);
        }
    }

    // The same blocks of the next pair of panels.
    private static void Fetch(in PanelLayout layout, byte* panel, int block, int count)
    {
        if (!layout.IsInteger) return; // longer streams: the hardware's prefetcher keeps up
        var next = panel + Math.Min(2 * layout.PanelBytes, FarthestAhead);
        CachePrefetch.Range(next + (long)block * layout.CodeBytes, (long)count * layout.CodeBytes);
        CachePrefetch.Range(next + layout.HighOffset + (long)block * layout.HighBytes, (long)count * layout.HighBytes);
        CachePrefetch.Range(next + layout.ScaleOffset + (long)block * layout.ScaleBytes, (long)count * layout.ScaleBytes);
    }

    private static void Expand(in PanelLayout layout, byte* panel, int block, int count, byte* slot)
    {
        Fetch(layout, panel, block, count);
        TileExpansion.ExpandIntegers(layout, panel, block, count, slot, (float*)(slot + TileMemory.ScaleOffset), (float*)(slot + TileMemory.MinimumOffset));
    }

    /// <summary>A thread's memory, divided: a float tile or an integer tile of two panels, and the result of an incomplete pair.</summary>
    internal readonly struct TileMemory(byte* start)
    {
        /// <summary>Where scales and minima stand in a slot of an integer tile, behind the codes.</summary>
        public const int ScaleOffset = IntegerPiece * PanelLayout.BlockCodes;

        /// <inheritdoc cref="ScaleOffset"/>
        public const int MinimumOffset = ScaleOffset + IntegerPiece * TileExpansion.MaxBlockScales * sizeof(float);

        /// <summary>Bytes of a panel's slot.</summary>
        public const int SlotBytes = MinimumOffset + IntegerPiece * PanelLayout.Width * sizeof(float);

        private const int FloatBytes = FloatPiece * Pair * sizeof(float);

        /// <summary>Bytes of the whole.</summary>
        public const int Bytes = FloatBytes + 2 * SlotBytes + ChunkRows * Pair * sizeof(float);

        /// <summary>[2][<see cref="FloatPiece"/>][16].</summary>
        public float* Floats => (float*)start;

        /// <summary>Two slots.</summary>
        public byte* Codes => start + FloatBytes;

        /// <summary>[<see cref="ChunkRows"/>][32].</summary>
        public float* Result => (float*)(start + FloatBytes + 2 * SlotBytes);
    }

    [InlineArray(MaxTargets)]
    private struct TargetList
    {
        private MatrixTarget _first;
    }

    [InlineArray(MaxTargets + 1)]
    private struct UnitList
    {
        private int _first;
    }
}
