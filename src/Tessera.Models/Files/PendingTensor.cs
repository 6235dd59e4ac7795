using Tessera.Tensors;
using Tessera.Tensors.Formats;

namespace Tessera.Models.Files;

/// <summary>A tensor that a writer was promised: its place in the file is known before its data is.</summary>
internal sealed class PendingTensor
{
    private const int ChunkBytes = 1 << 20;
    private readonly Func<Tensor> _make;

    public PendingTensor(string name, TensorFormat format, ReadOnlySpan<long> shape, Func<Tensor> make)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(make);
        (Name, Format, Shape, _make) = (name, format, shape.ToArray(), make);
        ByteLength = BlockFormat.Of(format).ByteLengthOf(shape);
    }

    public string Name { get; }

    public TensorFormat Format { get; }

    public long[] Shape { get; }

    public long ByteLength { get; }

    /// <summary>Makes the tensor and writes its bytes.</summary>
    public unsafe void WriteData(Stream stream)
    {
        var tensor = _make();
        if (tensor.Format != Format || !tensor.Shape.Span.SequenceEqual(Shape))
            throw new InvalidOperationException($"Tensor {Name} was announced as {Format} [{string.Join(", ", Shape)}] and came as {tensor.Format} [{string.Join(", ", tensor.Shape.ToArray())}].");
        for (var offset = 0L; offset < ByteLength; offset += ChunkBytes)
            stream.Write(new ReadOnlySpan<byte>(tensor.Data + offset, (int)Math.Min(ChunkBytes, ByteLength - offset)));
        GC.KeepAlive(tensor);
    }
}
