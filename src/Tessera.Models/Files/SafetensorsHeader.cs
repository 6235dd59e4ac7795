using System.Buffers.Binary;
using System.Text.Json;
using Tessera.Tensors;
using Tessera.Tensors.Formats;

namespace Tessera.Models.Files;

/// <summary>
/// The head of a safetensors file: eight bytes of length, a JSON object, then data to the end of the file. Read in one forward pass over the
/// mapped bytes, without a tree.
/// </summary>
internal sealed class SafetensorsHeader(MappedFile file, InputLimits limits)
{
    private const string MetadataKey = "__metadata__";
    private const int MaxDimensions = 64; // no rule of the format; NumPy's limit

    private readonly Dictionary<string, string> _metadata = [];
    private long _dataStart;

    public OrderedDictionary<string, TensorInfo> Tensors { get; } = [];

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    public void Parse()
    {
        var json = HeaderText();
        JsonText.Check(json, file.Path);
        var entries = new List<Entry>();
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = limits.MaxDepth });
        try
        {
            ReadObject(ref reader, entries);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter for escapes that are no text
        {
            throw JsonText.Error(file.Path, e);
        }

        Place(entries);
    }

    private ReadOnlySpan<byte> HeaderText()
    {
        var length = BinaryPrimitives.ReadUInt64LittleEndian(file.Span(0, sizeof(ulong), "header length"));
        if (length > (ulong)limits.MaxJsonBytes)
            throw new MalformedInputException(file.Path, "header length", $"{length:N0} bytes are claimed, at most {limits.MaxJsonBytes:N0} are allowed");
        var text = file.Span(sizeof(ulong), (int)length, "header");
        if (text.IsEmpty || text[0] != '{') throw new MalformedInputException(file.Path, "header", "the header does not begin with {");
        _dataStart = sizeof(ulong) + (long)length;
        return text;
    }

    private void ReadObject(ref Utf8JsonReader reader, List<Entry> entries)
    {
        var names = new HashSet<string>();
        reader.Read(); // the opening brace, seen before
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = JsonText.Text(ref reader, file.Path, "a tensor's name");
            if (!names.Add(name)) throw Error(name, "the name stands twice in the header");
            reader.Read();
            if (name == MetadataKey) ReadMetadata(ref reader);
            else entries.Add(ReadEntry(ref reader, name));
            if (entries.Count > limits.MaxTensors) throw new ResourceLimitException($"tensors in {file.Path}", entries.Count, limits.MaxTensors);
        }

        while (reader.Read()) // only white space may follow; the reader throws at anything else
        {
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Error(MetadataKey, "is no object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = JsonText.Text(ref reader, file.Path, "a metadata key");
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) throw Error($"{MetadataKey}.{key}", "the value is no string");
            if (!_metadata.TryAdd(key, JsonText.Text(ref reader, file.Path, "a metadata text", limits.MaxStringBytes))) throw Error($"{MetadataKey}.{key}", "the key stands twice");
            if (_metadata.Count > limits.MaxMetadataKeys) throw new ResourceLimitException($"metadata keys in {file.Path}", _metadata.Count, limits.MaxMetadataKeys);
        }
    }

    private Entry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Error(name, "the entry is no object");
        string? dtype = null;
        List<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("dtype"u8)) dtype = Once(name, "dtype", dtype, ReadText(ref reader, name));
            else if (reader.ValueTextEquals("shape"u8)) shape = Once(name, "shape", shape, ReadNumbers(ref reader, $"{name}.shape", MaxDimensions));
            else if (reader.ValueTextEquals("data_offsets"u8)) offsets = Once(name, "data_offsets", offsets, ReadNumbers(ref reader, $"{name}.data_offsets", 2));
            else reader.Skip(); // fields of later versions; the reference ignores them too
        }

        if (dtype is null) throw Error(name, "dtype is missing");
        if (shape is null) throw Error(name, "shape is missing");
        if (offsets is not [var begin, var end]) throw Error(name, "data_offsets are not two numbers");
        return new Entry(name, Format(name, dtype), [.. shape], begin, end);
    }

    private T Once<T>(string name, string field, T? before, T value) where T : class =>
        before is null ? value : throw Error($"{name}.{field}", "the field stands twice");

    private string ReadText(ref Utf8JsonReader reader, string name)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.String ? JsonText.Text(ref reader, file.Path, "a dtype") : throw Error($"{name}.dtype", "is no string");
    }

    private List<long> ReadNumbers(ref Utf8JsonReader reader, string place, int most)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) throw Error(place, "is no list");
        var numbers = new List<long>(Math.Min(most, 4));
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            // "64.0" is a number but no integer: TryGetInt64 says no to it, as the reference does.
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0) throw Error(place, "an element is no integer from 0 to 2⁶³ − 1");
            if (numbers.Count == most) throw Error(place, $"more than {most} numbers");
            numbers.Add(number);
        }

        return numbers;
    }

    private TensorFormat Format(string name, string dtype)
    {
        if (SafetensorsTypes.TryGet(dtype, out var format)) return format;
        throw SafetensorsTypes.IsDefined(dtype)
            ? new UnsupportedFeatureException(file.Path, $"dtype {dtype} of tensor {name}", "Convert the tensor to F32, F16 or BF16.")
            : Error(name, "the dtype is not known");
    }

    // Sorted by where they lie, the tensors must cover the data exactly.
    private void Place(List<Entry> entries)
    {
        entries.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        var dataLength = file.Length - _dataStart;
        var next = 0L;
        foreach (var entry in entries)
        {
            if (entry.End < entry.Begin) throw Error(entry.Name, $"the data ends at {entry.End:N0}, before it begins at {entry.Begin:N0}");
            if (entry.Begin != next) throw Error(entry.Name, $"the data begins at {entry.Begin:N0}, {next:N0} was expected: {(entry.Begin > next ? "a hole" : "an overlap")}");
            if (entry.End > dataLength) throw Error(entry.Name, $"the data ends at {entry.End:N0}, the file has {dataLength:N0} bytes of data");
            var bytes = ByteLength(entry);
            if (bytes != entry.End - entry.Begin) throw Error(entry.Name, $"the shape needs {bytes:N0} bytes, the offsets span {entry.End - entry.Begin:N0}");
            Tensors.Add(entry.Name, new TensorInfo(entry.Name, entry.Format, entry.Shape, _dataStart + entry.Begin, bytes));
            next = entry.End;
        }

        if (next != dataLength) throw Error("data", $"{dataLength - next:N0} bytes behind the last tensor belong to none");
    }

    private long ByteLength(Entry entry)
    {
        try
        {
            return BlockFormat.Of(entry.Format).ByteLengthOf(entry.Shape);
        }
        catch (OverflowException e)
        {
            throw new MalformedInputException(file.Path, entry.Name, "the size that the shape asks for does not fit 64 bits", e);
        }
    }

    private MalformedInputException Error(string place, string reason) => new(file.Path, place, reason);

    private readonly record struct Entry(string Name, TensorFormat Format, long[] Shape, long Begin, long End);
}
