using System.Text;
using Tessera.Tensors;

namespace Tessera.Models.Files;

/// <summary>
/// Writes GGUF, version 3. Metadata and tensors are announced first; <see cref="Save"/> then writes everything in one pass, asking for each
/// tensor's data only when its turn comes, so that a conversion holds one tensor at a time. The alignment is that of the key
/// <c>general.alignment</c>, 32 without it. What it writes, <see cref="GgufFile"/> and ggml read.
/// </summary>
public sealed class GgufWriter
{
    private const int DefaultAlignment = 32;
    private const string AlignmentKey = "general.alignment";
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly OrderedDictionary<string, GgufValue> _metadata = [];
    private readonly OrderedDictionary<string, PendingTensor> _tensors = [];

    private long Alignment => _metadata.TryGetValue(AlignmentKey, out var value) ? value.AsUInt32() : DefaultAlignment;

    /// <summary>Adds a metadata value.</summary>
    /// <param name="key">The key, not empty, at most 65,535 bytes.</param>
    /// <param name="value">The value: made by <see cref="GgufValue.Of(string)"/> and its kin, or taken from an open file.</param>
    /// <exception cref="ArgumentException">The key is no key or stands twice, or the alignment is no power of two of 32 bits.</exception>
    public void Add(string key, GgufValue value)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(value);
        if (Utf8.GetByteCount(key) > 65_535) throw new ArgumentException("a key has at most 65,535 bytes", nameof(key));
        if (key == AlignmentKey && (value.Type != GgufValueType.UInt32 || !uint.IsPow2(value.AsUInt32())))
            throw new ArgumentException($"{AlignmentKey} must be a power of two of type UInt32", nameof(value));
        if (!_metadata.TryAdd(key, value)) throw new ArgumentException($"the key {key} was added before", nameof(key));
    }

    /// <summary>Adds a tensor whose data is at hand; it must stay valid until <see cref="Save"/> returns.</summary>
    /// <inheritdoc cref="Add(string, TensorFormat, ReadOnlySpan{long}, Func{Tensor})"/>
    public void Add(string name, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        Add(name, tensor.Format, tensor.Shape.Span, () => tensor);
    }

    /// <summary>Announces a tensor whose data is made while the file is written.</summary>
    /// <param name="name">The name, 1 to 63 bytes.</param>
    /// <param name="format">The format; one that ggml knows.</param>
    /// <param name="shape">At most four dimensions, slowest first.</param>
    /// <param name="make">Gives the tensor, in this format and shape; called once by each <see cref="Save"/>.</param>
    /// <exception cref="ArgumentException">GGUF can't hold such a tensor, or the name was added before.</exception>
    public void Add(string name, TensorFormat format, ReadOnlySpan<long> shape, Func<Tensor> make)
    {
        var tensor = new PendingTensor(name, format, shape, make);
        if (Utf8.GetByteCount(name) > 63) throw new ArgumentException("ggml allows names of at most 63 bytes", nameof(name));
        if ((int)format >= 1000) throw new ArgumentException($"GGUF has no type for {format}", nameof(format));
        if (shape.Length > 4) throw new ArgumentException($"{shape.Length} dimensions, GGUF has at most four", nameof(shape));
        if (!_tensors.TryAdd(name, tensor)) throw new ArgumentException($"the tensor {name} was added before", nameof(name));
    }

    /// <summary>Writes the file under a temporary name beside <paramref name="path"/>, then renames it.</summary>
    /// <exception cref="IOException">The file can't be written; nothing is left behind.</exception>
    public void Save(string path) => ReplacedFile.Write(path, Write);

    private void Write(Stream stream)
    {
        using var writer = new BinaryWriter(stream, Utf8, leaveOpen: true); // little-endian on every machine
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)_tensors.Count);
        writer.Write((ulong)_metadata.Count);
        foreach (var (key, value) in _metadata) WriteMetadata(writer, key, value);

        var offset = 0L;
        foreach (var tensor in _tensors.Values)
        {
            WriteInfo(writer, tensor, offset);
            offset = AlignUp(checked(offset + tensor.ByteLength));
        }

        foreach (var tensor in _tensors.Values)
        {
            Pad(writer);
            writer.Flush();
            tensor.WriteData(stream);
        }

        Pad(writer);
    }

    private static void WriteMetadata(BinaryWriter writer, string key, GgufValue value)
    {
        WriteText(writer, key);
        writer.Write((uint)value.Type);
        if (value.Type == GgufValueType.Array)
        {
            writer.Write((uint)value.ElementType);
            writer.Write((ulong)value.Count);
        }

        writer.Write(value.Payload);
    }

    private static void WriteInfo(BinaryWriter writer, PendingTensor tensor, long offset)
    {
        WriteText(writer, tensor.Name);
        writer.Write((uint)tensor.Shape.Length);
        for (var i = tensor.Shape.Length - 1; i >= 0; i--) writer.Write((ulong)tensor.Shape[i]);
        writer.Write((uint)tensor.Format);
        writer.Write((ulong)offset);
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        var bytes = Utf8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private void Pad(BinaryWriter writer)
    {
        writer.Flush();
        var position = writer.BaseStream.Position;
        for (var end = AlignUp(position); position < end; position++) writer.Write((byte)0);
    }

    private long AlignUp(long position) => checked(position + Alignment - 1) & -Alignment;
}
