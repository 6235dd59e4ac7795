using Tessera.Tensors.Formats;
using Tessera.Tensors.Threads;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// The weights of a linear map, [Rows = out, Columns = in], laid out once for this library's kernels: panels of 16 outputs, 4 inputs at a
/// time, no larger than in GGUF (the last panel is filled up to 16 rows). One layout serves the exact and the fast product and dy·W.
/// Owns its memory; immutable but for <see cref="Update"/>, so that threads may share it. The source tensor is not needed afterwards.
/// </summary>
public sealed unsafe class PackedMatrix : IDisposable
{
    private readonly NativeBuffer _buffer;
    private readonly PanelLayout _layout;

    private PackedMatrix(PanelLayout layout, int rows, NativeBuffer buffer, bool wideActivations)
    {
        _layout = layout;
        _buffer = buffer;
        Rows = rows;
        WideActivations = wideActivations;
    }

    /// <summary>Outputs.</summary>
    public int Rows { get; }

    /// <summary>Inputs.</summary>
    public int Columns => _layout.Columns;

    /// <summary>Bytes of packed weights.</summary>
    public long ByteLength => _buffer.ByteLength;

    /// <summary>The format of the weights, unchanged by packing.</summary>
    public TensorFormat Format => _layout.Format;

    /// <summary>Whether the fast mode quantises this matrix's activations to 16 bits (two signed bytes, twice the arithmetic) instead of 8.</summary>
    public bool WideActivations { get; }

    internal PanelLayout Layout => _layout;

    internal int Panels => (Rows + PanelLayout.Width - 1) / PanelLayout.Width;

    /// <summary>Packs a matrix.</summary>
    /// <param name="weight">[out, in] in any format; neither dimension is 0.</param>
    /// <param name="pool">Threads to pack with.</param>
    /// <param name="wideActivations">Asks the fast mode for 16-bit activations: for matrices whose input has outliers, such as the MLP's down projection.</param>
    /// <exception cref="ArgumentException">The tensor is no matrix, or too large for one.</exception>
    /// <exception cref="InvalidOperationException">The environment asks for kernels that can't run here.</exception>
    public static PackedMatrix Pack(Tensor weight, ComputePool pool, bool wideActivations = false)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(pool);
        var shape = weight.Shape.Span;
        if (shape.Length != 2) throw new ArgumentException($"A packed matrix has 2 dimensions; the tensor has {shape.Length}.", nameof(weight));
        if (shape[0] is < 1 or > int.MaxValue / 2 || shape[1] is < 1 or > int.MaxValue / 256)
            throw new ArgumentException($"A matrix of {shape[0]} × {shape[1]} can't be packed.", nameof(weight));

        var layout = PanelLayout.Of(weight.Format, (int)shape[1]);
        var rows = (int)shape[0];
        var panels = (rows + PanelLayout.Width - 1) / PanelLayout.Width;
        var matrix = new PackedMatrix(layout, rows, new NativeBuffer(checked(panels * layout.PanelBytes), zeroed: false), wideActivations && layout.IsInteger);
        matrix.Fill(weight, pool);
        if (layout.IsInteger) KernelTable.Process.Prepare(layout.Kind, matrix.WideActivations);
        return matrix;
    }

    /// <summary>Packs new values into the same memory, after an optimiser's step. No product may be running on this matrix.</summary>
    /// <param name="weight">Same shape and format as before.</param>
    /// <param name="pool">Threads to pack with.</param>
    /// <exception cref="ArgumentException">Shape or format differ.</exception>
    public void Update(Tensor weight, ComputePool pool)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(pool);
        var shape = weight.Shape.Span;
        if (weight.Format != Format || shape.Length != 2 || shape[0] != Rows || shape[1] != Columns)
            throw new ArgumentException($"An update keeps the format and shape, {Format} [{Rows}, {Columns}].", nameof(weight));
        Fill(weight, pool);
    }

    /// <summary>Copies one row, widened to F32: the embedding of a token where the head is tied to the table.</summary>
    /// <param name="row">Which output, from 0.</param>
    /// <param name="values">Takes <see cref="Columns"/> values.</param>
    public void CopyRowTo(int row, Span<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        if (values.Length < Columns) throw new ArgumentException($"{values.Length} floats can't hold a row of {Columns}.", nameof(values));
        var panel = Panel(row / PanelLayout.Width);
        var lane = row % PanelLayout.Width;
        if (_layout.Kind == PanelKind.Opaque)
        {
            var rowBytes = BlockFormat.Of(Format).ByteLengthOf([Columns]);
            BlockFormat.Dequantise(Format, panel + lane * rowBytes, values[..Columns]);
            return;
        }

        const int Piece = PanelLayout.BlockLength;
        var tile = stackalloc float[Piece * PanelLayout.Width];
        for (var k = 0; k < Columns; k += Piece)
        {
            var count = Math.Min(Piece, Columns - k);
            TileExpansion.ExpandFloats(_layout, panel, k, count, tile);
            for (var i = 0; i < count; i++) values[k + i] = tile[i * PanelLayout.Width + lane];
        }
    }

    /// <summary>Frees the weights. No product may be running on this matrix.</summary>
    public void Dispose() => _buffer.Dispose();

    internal byte* Panel(int panel) => _buffer.Pointer + panel * _layout.PanelBytes;

    private void Fill(Tensor weight, ComputePool pool)
    {
        var packer = new PanelPacker(_layout, weight.Data, weight.ByteLength / Rows, Rows, _buffer.Pointer);
        pool.For(Panels, ref packer);
        GC.KeepAlive(weight);
    }
}
