using System.Text;
using Tessera.Models.Files;
using Tessera.Tensors;
using Tessera.Tensors.Formats;

namespace Tessera.Fuzz;

/// <summary>A GGUF file as its fields, any of which may lie. <see cref="Write"/> puts down what the fields say, not what is right.</summary>
internal sealed class GgufPicture
{
    public byte[] Magic { get; set; } = "GGUF"u8.ToArray();

    public uint Version { get; set; } = 3;

    /// <summary>The counts in the header; null for the true ones.</summary>
    public ulong? TensorCount { get; set; }

    public ulong? KeyCount { get; set; }

    public List<Entry> Entries { get; } = [];

    public List<Info> Infos { get; } = [];

    /// <summary>What the data section is padded to, whatever the metadata says.</summary>
    public int Alignment { get; set; } = 32;

    /// <summary>Bytes of data, up to which the section is filled.</summary>
    public int DataLength { get; set; }

    public byte Fill { get; set; } = 0x3C;

    /// <summary>Where the file ends, as a share of its true length; null for all of it.</summary>
    public double? CutAt { get; set; }

    public byte[] Tail { get; set; } = [];

    public Entry Add<T>(string key, T value) where T : unmanaged => Add(key, GgufValue.Of(value));

    public Entry Add(string key, GgufValue value)
    {
        var entry = new Entry { Key = Encoding.UTF8.GetBytes(key), Type = (uint)value.Type, ElementType = (uint)value.ElementType, Count = (ulong)value.Count, Payload = GgufSeeds.Payload(value) };
        Entries.Add(entry);
        return entry;
    }

    public Info Add(string name, TensorFormat format, params ReadOnlySpan<ulong> dimensions)
    {
        var info = new Info { Name = Encoding.UTF8.GetBytes(name), Type = (uint)format, Dimensions = [.. dimensions] };
        Infos.Add(info);
        return info;
    }

    /// <summary>Makes offsets and data agree with the shapes again, as far as these are possible at all.</summary>
    public void Repair()
    {
        var next = 0L;
        foreach (var info in Infos)
        {
            var bytes = info.ByteLength();
            if (bytes is null || next + bytes > 1 << 16) return;
            info.Offset = (ulong)next;
            next = (next + bytes.Value + Alignment - 1) / Alignment * Alignment;
        }

        DataLength = (int)next;
    }

    public byte[] Write(FuzzDice dice)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(TensorCount ?? (ulong)Infos.Count);
        writer.Write(KeyCount ?? (ulong)Entries.Count);
        foreach (var entry in Entries) entry.Write(writer);
        foreach (var info in Infos) info.Write(writer);
        while (stream.Length % Alignment != 0) writer.Write((byte)0);
        var data = new byte[DataLength];
        data.AsSpan().Fill(Fill);
        for (var i = 0; i < 8 && data.Length > 0; i++) data[dice.Below(data.Length)] = (byte)dice.Below(256);
        writer.Write(data);
        writer.Write(Tail);
        var bytes = stream.ToArray();
        return CutAt is { } share ? bytes[..(int)(share * bytes.Length)] : bytes;
    }

    /// <summary>A key and its value.</summary>
    internal sealed class Entry
    {
        public byte[] Key { get; set; } = [];

        public ulong? KeyLength { get; set; }

        public uint Type { get; set; }

        public uint ElementType { get; set; }

        public ulong Count { get; set; }

        public byte[] Payload { get; set; } = [];

        public bool IsArray => Type == (uint)GgufValueType.Array;

        public void Write(BinaryWriter writer)
        {
            writer.Write(KeyLength ?? (ulong)Key.Length);
            writer.Write(Key);
            writer.Write(Type);
            if (IsArray)
            {
                writer.Write(ElementType);
                writer.Write(Count);
            }

            writer.Write(Payload);
        }
    }

    /// <summary>A row of the tensor table.</summary>
    internal sealed class Info
    {
        public byte[] Name { get; set; } = [];

        public ulong? NameLength { get; set; }

        public uint? DimensionCount { get; set; }

        public ulong[] Dimensions { get; set; } = [];

        public uint Type { get; set; }

        public ulong Offset { get; set; }

        public long? ByteLength()
        {
            if (!BlockFormat.IsKnown((TensorFormat)Type) || Dimensions.Any(d => d > 1 << 16)) return null;
            var facts = BlockFormat.Of((TensorFormat)Type);
            var count = Dimensions.Aggregate(1L, (product, d) => Math.Min(product * (long)d, 1L << 40));
            return count > 1 << 20 ? null : count / facts.BlockLength * facts.BlockBytes;
        }

        public void Write(BinaryWriter writer)
        {
            writer.Write(NameLength ?? (ulong)Name.Length);
            writer.Write(Name);
            writer.Write(DimensionCount ?? (uint)Dimensions.Length);
            foreach (var dimension in Dimensions) writer.Write(dimension);
            writer.Write(Type);
            writer.Write(Offset);
        }
    }
}
