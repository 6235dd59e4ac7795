using System.Runtime.InteropServices;
using Tessera.Tensors.Formats;

namespace Tessera.Tensors;

/// <summary>
/// Numbers of one format in row-major order, owned or a view of a mapped file: what files hold and weights are made from.
/// A matrix is [out, in]; a row of a block format is a whole number of blocks.
/// </summary>
public sealed unsafe class Tensor
{
    private readonly object _owner; // keeps the memory alive: a NativeBuffer or a MappedFile
    private readonly byte* _data;

    private Tensor(TensorFormat format, long[] shape, object owner, byte* data, long byteLength)
    {
        Format = format;
        Shape = shape;
        _owner = owner;
        _data = data;
        ByteLength = byteLength;
    }

    /// <summary>How the numbers are written.</summary>
    public TensorFormat Format { get; }

    /// <summary>The dimensions, slowest first; empty for a scalar.</summary>
    public ReadOnlyMemory<long> Shape { get; }

    /// <summary>The size in bytes.</summary>
    public long ByteLength { get; }

    /// <summary>The number of values.</summary>
    public long Count => BlockFormat.CountOf(Shape.Span);

    /// <summary>The address of the first byte; valid while this object and the file behind it live.</summary>
    public byte* Data
    {
        get
        {
            if (_owner is NativeBuffer buffer) _ = buffer.Pointer; // throws when disposed
            return _data;
        }
    }

    /// <summary>The bytes, where they fit a span.</summary>
    public ReadOnlySpan<byte> Bytes => new(Data, checked((int)ByteLength));

    /// <summary>A new tensor of zeros in memory of its own.</summary>
    public static Tensor Create(TensorFormat format, params ReadOnlySpan<long> shape)
    {
        var bytes = BlockFormat.Of(format).ByteLengthOf(shape);
        var buffer = new NativeBuffer(bytes);
        return new Tensor(format, shape.ToArray(), buffer, buffer.Pointer, bytes);
    }

    /// <summary>A new F32 tensor that holds a copy of <paramref name="values"/>.</summary>
    public static Tensor FromValues(ReadOnlySpan<float> values, params ReadOnlySpan<long> shape)
    {
        var tensor = Create(TensorFormat.F32, shape);
        if (values.Length != tensor.Count) throw new ArgumentException($"{values.Length} values for a shape of {tensor.Count}", nameof(values));
        values.CopyTo(tensor.Values);
        return tensor;
    }

    /// <summary>A view of a file's bytes; checked once here, then trusted by every kernel.</summary>
    /// <param name="file">The mapped file, which must outlive the tensor's use.</param>
    /// <param name="offset">Where the data starts in the file.</param>
    /// <param name="format">How it is written.</param>
    /// <param name="shape">Its dimensions, slowest first.</param>
    /// <param name="place">The tensor's name, for the error message.</param>
    /// <exception cref="MalformedInputException">The data is not inside the file, or a row is no whole number of blocks.</exception>
    public static Tensor FromFile(MappedFile file, long offset, TensorFormat format, ReadOnlySpan<long> shape, string place)
    {
        long bytes;
        try
        {
            bytes = BlockFormat.Of(format).ByteLengthOf(shape);
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            throw new MalformedInputException(file.Path, place, e.Message, e);
        }

        return new Tensor(format, shape.ToArray(), file, file.Address(offset, bytes, place), bytes);
    }

    /// <summary>The values of an F32 tensor, writable where the tensor owns its memory.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not F32, or is a view of a file.</exception>
    public Span<float> Values => Format == TensorFormat.F32 && _owner is NativeBuffer
        ? new Span<float>(Data, checked((int)Count))
        : throw new InvalidOperationException($"Values needs an owned F32 tensor; this is {Format}{(_owner is MappedFile ? ", mapped" : "")}.");

    /// <summary>A copy of all values, widened to F32.</summary>
    public float[] ToArray()
    {
        var values = new float[checked((int)Count)];
        CopyTo(values);
        return values;
    }

    /// <summary>Widens all values to F32 into <paramref name="destination"/>, which must hold <see cref="Count"/> of them.</summary>
    public void CopyTo(Span<float> destination) => BlockFormat.Dequantise(Format, Data, destination[..checked((int)Count)]);

    /// <summary>Widens one row of the last dimension to F32.</summary>
    /// <param name="row">The row's index, all leading dimensions flattened.</param>
    /// <param name="destination">Takes as many values as the last dimension is long.</param>
    public void CopyRowTo(long row, Span<float> destination)
    {
        var columns = Shape.Length == 0 ? 0 : Shape.Span[^1];
        if (columns == 0) throw new InvalidOperationException("A scalar or empty tensor has no rows.");
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Count / columns);
        var rowBytes = BlockFormat.Of(Format).ByteLengthOf([columns]);
        BlockFormat.Dequantise(Format, Data + row * rowBytes, destination[..checked((int)columns)]);
    }

    /// <summary>The same memory under another shape with as many values.</summary>
    public Tensor Reshape(params ReadOnlySpan<long> shape)
    {
        if (BlockFormat.CountOf(shape) != Count) throw new ArgumentException("A reshape keeps the number of values.", nameof(shape));
        return new Tensor(Format, shape.ToArray(), _owner, _data, ByteLength);
    }

    /// <summary>Frees the memory at once if this tensor owns it; a view is left alone.</summary>
    public void Free() => (_owner as NativeBuffer)?.Dispose();
}
