using System.Text;

namespace Tessera.Fuzz;

/// <summary>
/// A safetensors file as the pieces of text its header is made of, any of which may lie or be no JSON at all. Numbers and names are kept as
/// they are spelled.
/// </summary>
internal sealed class SafetensorsPicture
{
    private static readonly (string Type, int Size)[] Types =
    [
        ("F32", 4), ("F16", 2), ("BF16", 2), ("F64", 8), ("I8", 1), ("I16", 2), ("I32", 4), ("I64", 8), ("U8", 1), ("BOOL", 1),
    ];

    /// <summary>What the first eight bytes say; null for the true length.</summary>
    public ulong? HeaderLength { get; set; }

    public string Prefix { get; set; } = "";

    public string Suffix { get; set; } = "";

    /// <summary>Members in front of the tensors, each <c>"name":value</c>.</summary>
    public List<string> Members { get; } = [];

    public List<Entry> Entries { get; } = [];

    public int DataLength { get; set; }

    public byte Fill { get; set; } = 0x3C;

    public double? CutAt { get; set; }

    /// <summary>Bytes of the header to overwrite: where, as a share of it, and with what.</summary>
    public List<(double Where, byte[] What)> Patches { get; } = [];

    public static SafetensorsPicture Seed(FuzzDice dice)
    {
        var picture = new SafetensorsPicture();
        if (dice.Chance(0.7)) picture.Members.Add("\"__metadata__\":{\"format\":\"pt\",\"note\":\"é\"}");
        var count = dice.Chance(0.02) ? 0 : 1 + dice.Below(5);
        for (var i = 0; i < count; i++)
        {
            var shape = new int[dice.Below(4)];
            for (var j = 0; j < shape.Length; j++) shape[j] = dice.Chance(0.05) ? 0 : 1 + dice.Below(6);
            picture.Add(dice.Pick("layers.", "model.embed.", "h.") + i, dice.Pick<(string, int)>(Types), shape);
        }

        if (dice.Chance(0.3)) Shuffle(picture.Entries, dice); // the header need not follow the order of the data
        return picture;
    }

    public Entry Add(string name, (string Type, int Size) type, params ReadOnlySpan<int> shape)
    {
        var bytes = type.Size;
        foreach (var dimension in shape) bytes *= dimension;
        var entry = new Entry
        {
            Name = $"\"{name}\"", Type = $"\"{type.Type}\"", Shape = [.. shape.ToArray().Select(d => $"{d}")], Begin = $"{DataLength}", End = $"{DataLength + bytes}",
        };
        Entries.Add(entry);
        DataLength += bytes;
        return entry;
    }

    public byte[] Write(FuzzDice dice)
    {
        var members = Members.Concat(Entries.Select(e => e.ToString()));
        var text = Encoding.UTF8.GetBytes($"{Prefix}{{{string.Join(',', members)}}}{Suffix}");
        foreach (var (where, what) in Patches) what.AsSpan(0, Math.Min(what.Length, text.Length)).CopyTo(text.AsSpan((int)(where * (text.Length - Math.Min(what.Length, text.Length)))));
        var data = new byte[DataLength];
        data.AsSpan().Fill(Fill);
        for (var i = 0; i < 4 && data.Length > 0; i++) data[dice.Below(data.Length)] = (byte)dice.Below(256);
        byte[] bytes = [.. BitConverter.GetBytes(HeaderLength ?? (ulong)text.Length), .. text, .. data];
        return CutAt is { } share ? bytes[..(int)(share * bytes.Length)] : bytes;
    }

    private static void Shuffle<T>(List<T> list, FuzzDice dice)
    {
        for (var i = list.Count - 1; i > 0; i--)
        {
            var j = dice.Below(i + 1);
            (list[i], list[j]) = (list[j], list[i]);
        }
    }

    /// <summary>A tensor's entry, in pieces of JSON.</summary>
    internal sealed class Entry
    {
        public required string Name { get; set; }

        public required string Type { get; set; }

        public required List<string> Shape { get; set; }

        public required string Begin { get; set; }

        public required string End { get; set; }

        /// <summary>The names of the fields, in their order; one may be missing, stand twice, or be no field of the format.</summary>
        public List<string> Fields { get; set; } = ["dtype", "shape", "data_offsets"];

        public string? Whole { get; set; }

        public override string ToString() => $"{Name}:{Whole ?? $"{{{string.Join(',', Fields.Select(f => $"\"{f}\":{ValueOf(f)}"))}}}"}";

        private string ValueOf(string field) => field switch
        {
            "dtype" => Type,
            "shape" => $"[{string.Join(',', Shape)}]",
            "data_offsets" => $"[{Begin},{End}]",
            _ => "[{\"later\":[1,2,{}]},null]",
        };
    }
}
