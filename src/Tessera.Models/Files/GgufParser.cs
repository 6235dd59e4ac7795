using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Tessera.Tensors;
using Tessera.Tensors.Formats;

namespace Tessera.Models.Files;

/// <summary>
/// One pass over the head of a GGUF file: header, metadata, tensor table. Layout and rules: the GGUF specification (docs/gguf.md of ggml);
/// where it leaves room, as strict as ggml's gguf.cpp: at most four dimensions, names below 64 bytes, offsets equal to the running sum.
/// Nothing is allocated by a number of the file before that number was compared with the bytes that are left.
/// </summary>
internal sealed class GgufParser(MappedFile file, InputLimits limits)
{
    private const uint Magic = 0x46554747; // "GGUF", read as little-endian
    private const int MaxDimensions = 4; // GGML_MAX_DIMS
    private const int MaxNameBytes = 63; // GGML_MAX_NAME is 64 with the closing zero
    private const int MaxKeyBytes = 65_535; // specification of gguf_metadata_kv_t
    private const int SmallestEntry = 8 + 1 + 4 + 1; // a key of one byte and a value of one byte
    private const int SmallestTensor = 8 + 1 + 4 + 4 + 8; // a name of one byte and no dimensions

    // Formats that earlier files may hold and that ggml no longer reads (enum ggml_type, "support has been removed").
    private static readonly Dictionary<uint, string> Removed = new()
    {
        [4] = "Q4_2", [5] = "Q4_3", [31] = "Q4_0_4_4", [32] = "Q4_0_4_8", [33] = "Q4_0_8_8", [36] = "IQ4_NL_4_4", [37] = "IQ4_NL_4_8", [38] = "IQ4_NL_8_8",
    };

    private long _position;

    public int Version { get; private set; }

    public long Alignment { get; private set; } = 32; // GGUF_DEFAULT_ALIGNMENT

    public OrderedDictionary<string, GgufValue> Metadata { get; } = [];

    public OrderedDictionary<string, TensorInfo> Tensors { get; } = [];

    private long Remaining => file.Length - _position;

    public void Parse()
    {
        var (tensors, keys) = Header();
        for (var i = 0; i < keys; i++) MetadataEntry($"metadata key {i}");
        ReadAlignment();
        var infos = new List<(TensorInfo Info, ulong Offset)>(tensors);
        for (var i = 0; i < tensors; i++) infos.Add(TensorEntry($"tensor {i}"));
        Place(infos);
    }

    private (int Tensors, int Keys) Header()
    {
        if (UInt32("magic") != Magic) throw Error("magic", "the file does not begin with GGUF");
        var version = UInt32("version");
        if (version is 0) throw Error("version", "0 is no version");
        if ((version & 0xFFFF) == 0) throw new UnsupportedFeatureException(file.Path, "big-endian GGUF", "Convert the model to a little-endian file.");
        if (version is not (2 or 3)) throw new UnsupportedFeatureException(file.Path, $"GGUF version {version}", "Versions 2 and 3 are read.");
        Version = (int)version;
        var tensors = UInt64("tensor count");
        var keys = UInt64("metadata key count");
        return (Fits("tensor count", tensors, SmallestTensor, limits.MaxTensors, "tensors"), Fits("metadata key count", keys, SmallestEntry, limits.MaxMetadataKeys, "metadata keys"));
    }

    private void MetadataEntry(string place)
    {
        var key = Text(place, MaxKeyBytes, "bytes of a metadata key");
        if (key.Length == 0) throw Error(place, "the key is empty");
        if (Metadata.ContainsKey(key)) throw Error(key, "the key stands twice in the file");
        var type = (GgufValueType)UInt32(key);
        var elementType = type;
        var count = 1;
        if (type == GgufValueType.Array)
        {
            elementType = (GgufValueType)UInt32(key);
            if (elementType == GgufValueType.Array) throw Error(key, "arrays of arrays are not allowed");
            var smallest = Math.Max(GgufValue.SizeOf(elementType), elementType == GgufValueType.String ? sizeof(ulong) : 1);
            count = Fits(key, UInt64(key), smallest, elementType == GgufValueType.String ? Math.Min(limits.MaxArrayLength, limits.MaxVocabulary) : limits.MaxArrayLength, "array elements");
        }

        var start = _position;
        SkipValues(key, elementType, count);
        if (_position - start > int.MaxValue) throw new ResourceLimitException($"bytes of metadata key {key} in {file.Path}", _position - start, int.MaxValue);
        Metadata.Add(key, new GgufValue(file, key, type, elementType, count, start, (int)(_position - start)));
    }

    private void SkipValues(string key, GgufValueType type, int count)
    {
        switch (type)
        {
            case GgufValueType.String:
                for (var i = 0; i < count; i++) Utf8Text(key, limits.MaxStringBytes, "bytes of a metadata string");
                break;
            case GgufValueType.Bool:
                if (Bytes(count, key).ContainsAnyExceptInRange((byte)0, (byte)1)) throw Error(key, "a bool is neither 0 nor 1");
                break;
            default:
                var size = GgufValue.SizeOf(type);
                if (size == 0) throw Error(key, $"value type {(uint)type} is not known");
                Skip((long)size * count, key);
                break;
        }
    }

    private void ReadAlignment()
    {
        const string key = "general.alignment";
        if (!Metadata.TryGetValue(key, out var value)) return;
        if (value.Type != GgufValueType.UInt32) throw Error(key, $"the type is {value.Type}, it must be UInt32");
        Alignment = value.AsUInt32();
        if (Alignment == 0 || (Alignment & (Alignment - 1)) != 0) throw Error(key, $"{Alignment} is no power of two");
    }

    private (TensorInfo Info, ulong Offset) TensorEntry(string place)
    {
        var name = Text(place, MaxNameBytes, null);
        if (name.Length == 0) throw Error(place, "the tensor has no name");
        var dimensions = UInt32(name);
        if (dimensions > MaxDimensions) throw Error(name, $"{dimensions} dimensions, at most {MaxDimensions} are allowed");
        var shape = new long[dimensions];
        for (var i = shape.Length - 1; i >= 0; i--) // the file has the fastest dimension first
        {
            var dimension = UInt64(name);
            if (dimension > long.MaxValue) throw Error(name, $"dimension {dimension} does not fit 63 bits");
            shape[i] = (long)dimension;
        }

        var format = BlockFormat.Of(Format(name, UInt32(name)));
        var offset = UInt64(name);
        if (shape.Length > 0 && shape[^1] % format.BlockLength != 0)
            throw Error(name, $"rows of {shape[^1]} values are no whole number of {format.Format} blocks of {format.BlockLength}");
        try
        {
            return (new TensorInfo(name, format.Format, shape, 0, format.ByteLengthOf(shape)), offset);
        }
        catch (Exception e) when (e is OverflowException or ArgumentException) // the latter for a scalar of a block format
        {
            throw new MalformedInputException(file.Path, name, e is OverflowException ? $"the size of [{string.Join(", ", shape)}] does not fit 64 bits" : "a block format has no scalars", e);
        }
    }

    private TensorFormat Format(string name, uint type)
    {
        if (Removed.TryGetValue(type, out var removed))
            throw new UnsupportedFeatureException(file.Path, $"the format {removed} of tensor {name}", "ggml no longer reads it either; convert the model anew.");
        var format = (TensorFormat)type;
        return type < 1000 && BlockFormat.IsKnown(format) ? format : throw Error(name, $"ggml type {type} is not known");
    }

    // The data of the tensors follows in their order, each padded to the alignment (the last may go without).
    private void Place(List<(TensorInfo Info, ulong Offset)> infos)
    {
        var start = AlignUp(_position);
        var next = 0L;
        foreach (var (info, offset) in infos)
        {
            if (offset != (ulong)next) throw Error(info.Name, $"the data starts at offset {offset:N0}, {next:N0} was expected");
            if (start > file.Length || info.ByteLength > file.Length - start - next)
                throw Error(info.Name, $"{info.ByteLength:N0} bytes at offset {start + next:N0} lie outside the file of {file.Length:N0} bytes");
            if (!Tensors.TryAdd(info.Name, info with { Offset = start + next })) throw Error(info.Name, "two tensors have this name");
            next = AlignUp(next + info.ByteLength); // both are at most the file's length, so that nothing overflows
        }
    }

    private long AlignUp(long position) => (position + Alignment - 1) & -Alignment;

    // A count is believed when that many entries of the smallest size fit into what is left.
    private int Fits(string place, ulong count, int smallestBytes, int limit, string what)
    {
        if (count > (ulong)(Remaining / smallestBytes)) throw Error(place, $"{count:N0} {what} are claimed, {Remaining:N0} bytes are left");
        return count <= (ulong)limit ? (int)count : throw new ResourceLimitException($"{what} in {file.Path}", (long)count, limit);
    }

    private string Text(string place, int maxBytes, string? resource) => Encoding.UTF8.GetString(Utf8Text(place, maxBytes, resource));

    private ReadOnlySpan<byte> Utf8Text(string place, int maxBytes, string? resource)
    {
        var length = UInt64(place);
        if (length > (ulong)Remaining) throw Error(place, $"a string of {length:N0} bytes is claimed, {Remaining:N0} are left");
        if (length > (ulong)maxBytes)
        {
            if (resource is null) throw Error(place, $"a name of {length:N0} bytes, at most {maxBytes} are allowed");
            throw new ResourceLimitException($"{resource} in {file.Path} ({place})", (long)length, maxBytes);
        }

        var text = Bytes((int)length, place);
        return Utf8.IsValid(text) ? text : throw Error(place, "a string is not valid UTF-8");
    }

    private uint UInt32(string place) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(sizeof(uint), place));

    private ulong UInt64(string place) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(sizeof(ulong), place));

    private ReadOnlySpan<byte> Bytes(int count, string place)
    {
        var bytes = file.Span(_position, count, place);
        _position += count;
        return bytes;
    }

    private void Skip(long count, string place)
    {
        if (count > Remaining) throw Error(place, $"{count:N0} bytes are claimed, {Remaining:N0} are left");
        _position += count;
    }

    private MalformedInputException Error(string place, string reason) => new(file.Path, place, reason);
}
