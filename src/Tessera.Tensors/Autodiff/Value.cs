namespace Tessera.Tensors.Autodiff;

/// <summary>
/// A handle to activations of one pass: F32, [rows, width], row-major, in the pass's arena. Valid until the pass releases that part of
/// its arena; under a tape, until the backward has run.
/// </summary>
public readonly unsafe struct Value
{
    private readonly int _nodePlusOne; // so that the default handle takes no gradient

    /// <summary>Creates a handle.</summary>
    /// <param name="data">The first float.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="width">Floats in a row.</param>
    /// <param name="node">The tape's number for it; -1 where no tape records or no gradient is wanted.</param>
    public Value(float* data, int rows, int width, int node = -1)
    {
        Data = data;
        Rows = rows;
        Width = width;
        _nodePlusOne = node + 1;
    }

    /// <summary>The first float.</summary>
    public float* Data { get; }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>Floats in a row.</summary>
    public int Width { get; }

    /// <summary>The tape's number for this value; -1 where it takes no gradient.</summary>
    public int Node => _nodePlusOne - 1;

    /// <summary>Whether this is the default handle, which stands for no value.</summary>
    public bool IsNone => Data is null;

    /// <summary>The number of floats.</summary>
    public long Count => (long)Rows * Width;

    /// <summary>All floats, where they fit a span.</summary>
    public Span<float> Span => new(Data, checked((int)Count));

    /// <summary>One row.</summary>
    public Span<float> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        return new(Data + (long)row * Width, Width);
    }

    /// <summary>The address of a row; unchecked.</summary>
    public float* RowPointer(int row) => Data + (long)row * Width;
}
