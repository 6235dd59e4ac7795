using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Tessera.Tensors;
using Tessera.Tensors.Formats;

namespace Tessera.Models.Files;

/// <summary>
/// Writes safetensors, as one file or as shards with an index. Tensors are announced first; saving asks for each one's data when its turn
/// comes. Within a file larger elements come first, as the reference writes them, so that every tensor is aligned to its elements.
/// </summary>
public sealed class SafetensorsWriter
{
    private const string SingleName = "model.safetensors";
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly OrderedDictionary<string, PendingTensor> _tensors = [];

    /// <summary>The texts of <c>__metadata__</c>. At first <c>format: pt</c>, without which transformers refuses a file.</summary>
    public IDictionary<string, string> Metadata { get; } = new Dictionary<string, string> { ["format"] = "pt" };

    /// <summary>Adds a tensor whose data is at hand; it must stay valid until saving is done.</summary>
    /// <inheritdoc cref="Add(string, TensorFormat, ReadOnlySpan{long}, Func{Tensor})"/>
    public void Add(string name, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        Add(name, tensor.Format, tensor.Shape.Span, () => tensor);
    }

    /// <summary>Announces a tensor whose data is made while the file is written.</summary>
    /// <param name="name">The name; not <c>__metadata__</c>.</param>
    /// <param name="format">F32, F16, BF16, F64, I8 to I64, U8 or Bool.</param>
    /// <param name="shape">The dimensions, slowest first.</param>
    /// <param name="make">Gives the tensor, in this format and shape.</param>
    /// <exception cref="ArgumentException">Safetensors can't hold such a tensor, or the name was added before.</exception>
    public void Add(string name, TensorFormat format, ReadOnlySpan<long> shape, Func<Tensor> make)
    {
        var tensor = new PendingTensor(name, format, shape, make);
        _ = SafetensorsTypes.NameOf(format);
        if (name == "__metadata__") throw new ArgumentException("the name __metadata__ is the format's own", nameof(name));
        if (!_tensors.TryAdd(name, tensor)) throw new ArgumentException($"the tensor {name} was added before", nameof(name));
    }

    /// <summary>Writes one file under a temporary name beside <paramref name="path"/>, then renames it.</summary>
    /// <exception cref="IOException">The file can't be written; nothing is left behind.</exception>
    public void Save(string path) => Write(path, _tensors.Values);

    /// <summary>
    /// Writes into a folder as transformers does: <c>model.safetensors</c> if everything fits into one shard, otherwise
    /// <c>model-00001-of-0000N.safetensors</c> and, last, <c>model.safetensors.index.json</c>.
    /// </summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="maxShardBytes">Most bytes of data in a shard; a larger tensor gets a shard of its own. Default 5 GB, transformers' own.</param>
    /// <returns>The paths of the files that hold tensors.</returns>
    /// <exception cref="IOException">A file can't be written, or shards are to stand beside a model.safetensors, which readers would prefer.</exception>
    public IReadOnlyList<string> SaveFolder(string folder, long maxShardBytes = 5_000_000_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxShardBytes, 1);
        var shards = Shards(maxShardBytes);
        var single = Path.Combine(folder, SingleName);
        if (shards.Count == 1)
        {
            Write(single, shards[0]);
            return [single];
        }

        if (File.Exists(single)) throw new IOException($"{single} is in the way: readers would take it instead of the shards.");
        var names = Enumerable.Range(1, shards.Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"model-{i:D5}-of-{shards.Count:D5}.safetensors")).ToArray();
        for (var i = 0; i < names.Length; i++) Write(Path.Combine(folder, names[i]), shards[i]);
        ReplacedFile.Write(Path.Combine(folder, SingleName + ".index.json"), stream => WriteIndex(stream, shards, names));
        return [.. names.Select(n => Path.Combine(folder, n))];
    }

    private List<List<PendingTensor>> Shards(long maxShardBytes)
    {
        List<List<PendingTensor>> shards = [[]];
        var size = 0L;
        foreach (var tensor in _tensors.Values)
        {
            if (size + tensor.ByteLength > maxShardBytes && shards[^1].Count > 0)
            {
                shards.Add([]);
                size = 0;
            }

            shards[^1].Add(tensor);
            size += tensor.ByteLength;
        }

        return shards;
    }

    private void Write(string path, IEnumerable<PendingTensor> tensors) => ReplacedFile.Write(path, stream =>
    {
        PendingTensor[] ordered = [.. tensors.OrderByDescending(t => BlockFormat.Of(t.Format).BlockBytes)]; // stable
        var header = Header(ordered);
        stream.Write(BitConverter.GetBytes((ulong)header.Length));
        stream.Write(header);
        foreach (var tensor in ordered) tensor.WriteData(stream);
    });

    private ReadOnlySpan<byte> Header(PendingTensor[] tensors)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Plain))
        {
            writer.WriteStartObject();
            if (Metadata.Count > 0)
            {
                writer.WriteStartObject("__metadata__");
                foreach (var (key, value) in Metadata) writer.WriteString(key, value);
                writer.WriteEndObject();
            }

            var offset = 0L;
            foreach (var tensor in tensors)
            {
                writer.WriteStartObject(tensor.Name);
                writer.WriteString("dtype", SafetensorsTypes.NameOf(tensor.Format));
                WriteNumbers(writer, "shape", tensor.Shape);
                WriteNumbers(writer, "data_offsets", [offset, offset + tensor.ByteLength]);
                writer.WriteEndObject();
                offset += tensor.ByteLength;
            }

            writer.WriteEndObject();
        }

        while (buffer.WrittenCount % 8 != 0) buffer.Write(" "u8);
        return buffer.WrittenSpan;
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string name, ReadOnlySpan<long> numbers)
    {
        writer.WriteStartArray(name);
        foreach (var number in numbers) writer.WriteNumberValue(number);
        writer.WriteEndArray();
    }

    private void WriteIndex(Stream stream, List<List<PendingTensor>> shards, string[] names)
    {
        using var writer = new Utf8JsonWriter(stream, Plain with { Indented = true });
        writer.WriteStartObject();
        writer.WriteStartObject("metadata");
        writer.WriteNumber("total_size", _tensors.Values.Sum(t => t.ByteLength));
        writer.WriteEndObject();
        writer.WriteStartObject("weight_map");
        for (var i = 0; i < names.Length; i++)
        {
            foreach (var tensor in shards[i]) writer.WriteString(tensor.Name, names[i]);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
