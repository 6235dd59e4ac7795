using System.Text;
using Tessera.Models.Files;

namespace Tessera.Fuzz;

/// <summary>
/// What can be wrong with a GGUF file, field by field. Categories and their weights follow the campaign published as Crucible (May 2026):
/// metadata 35, tensor table 35, header 10, consistency 10, alignment 5, data 5.
/// </summary>
internal static partial class GgufMutations
{
    private static readonly (int Weight, Action<GgufPicture, FuzzDice>[] Mutations)[] Categories =
    [
        (10, Header), (35, Metadata), (35, Table), (10, Consistency), (5, Alignment), (5, Data),
    ];

    public static void Apply(GgufPicture picture, FuzzDice dice)
    {
        var roll = dice.Below(100);
        foreach (var (weight, mutations) in Categories)
        {
            roll -= weight;
            if (roll >= 0) continue;
            dice.Pick(mutations)(picture, dice);
            return;
        }
    }

    private static Action<GgufPicture, FuzzDice>[] Header =>
    [
        (p, d) => p.Version = d.Pick(0u, 1u, 2u, 4u, 0x0300_0000u, 0x0200_0000u, uint.MaxValue, (uint)d.Bits()),
        (p, d) => p.TensorCount = d.Number((ulong)p.Infos.Count),
        (p, d) => p.KeyCount = d.Number((ulong)p.Entries.Count),
        (p, d) => p.Magic[d.Below(4)] ^= (byte)(1 << d.Below(8)),
        (p, d) => p.CutAt = d.Below(1000) / 1000.0,
    ];

    private static Action<GgufPicture, FuzzDice>[] Consistency =>
    [
        (p, d) => p.DataLength = Math.Max(0, p.DataLength - 1 - d.Below(64)),
        (p, d) => p.DataLength = 0,
        (p, d) => p.Tail = d.Bytes(1 + d.Below(200)),
        (p, d) => (p.TensorCount, p.KeyCount) = ((ulong)p.Entries.Count, (ulong)p.Infos.Count),
        (p, d) => p.Entries.AddRange(p.Entries.ToArray()),
        (p, d) => p.Infos.AddRange(p.Infos.ToArray()),
        (p, d) => p.Infos.Reverse(),
        (p, d) => p.KeyCount = (ulong)Math.Max(0, p.Entries.Count - 1),
    ];

    private static Action<GgufPicture, FuzzDice>[] Alignment =>
    [
        (p, d) => p.Add("general.alignment", d.Pick(0u, 1u, 2u, 3u, 8u, 24u, 33u, 64u, 4096u, 1u << 31, uint.MaxValue)),
        (p, d) => p.Add("general.alignment", GgufValue.Of("32")),
        (p, d) => p.Add("general.alignment", d.Pick(0UL, 32UL, 1UL << 63)),
        (p, d) => p.Add("general.alignment", GgufValue.OfArray<uint>([32])),
        (p, d) => p.Alignment = d.Pick(1, 4, 16, 64, 128),
    ];

    private static Action<GgufPicture, FuzzDice>[] Data =>
    [
        (p, d) => p.Fill = (byte)d.Below(256),
        (p, d) => p.Fill = 0xFF, // NaN in every floating-point format, the largest code in every other
        (p, d) => p.Fill = d.Pick<byte>(0x00, 0x7F, 0x80, 0x7C),
        (p, d) => p.DataLength += d.Below(1000),
        (p, d) => p.CutAt = 1 - d.Below(200) / 10_000.0,
    ];

    private static Action<GgufPicture, FuzzDice>[] Metadata =>
    [
        OnEntry((e, d) => e.KeyLength = d.Number((ulong)e.Key.Length)),
        OnEntry((e, d) => e.Key = []),
        OnEntry((e, d) => e.Key = Repeat('k', d.Pick(1000, 65_535, 65_536))),
        OnEntry((e, d) => e.Key = d.Text()),
        OnEntry((e, d) => e.Type = d.Pick(13u, 14u, 255u, uint.MaxValue, (uint)d.Below(13), (uint)d.Below(13), (uint)d.Below(13))),
        OnEntry((e, d) => e.ElementType = d.Pick(9u, 13u, uint.MaxValue, (uint)d.Below(13), (uint)d.Below(13)), array: true),
        OnEntry((e, d) => e.Count = d.Number(e.Count), array: true),
        OnEntry((e, d) => BitConverter.TryWriteBytes(e.Payload, d.Number((ulong)e.Payload.Length - 8)), type: GgufValueType.String),
        OnEntry((e, d) => e.Payload = Text(d.Text()), type: GgufValueType.String),
        OnEntry((e, d) => e.Payload = Text(Repeat('x', d.Pick(1000, 100_000))), type: GgufValueType.String),
        OnEntry((e, d) => BitConverter.TryWriteBytes(e.Payload, d.Number((ulong)e.Payload.Length - 8)), type: GgufValueType.Array, element: GgufValueType.String),
        OnEntry((e, d) => (e.Payload, e.Count) = ([.. e.Payload, .. Text(d.Text())], e.Count + 1), type: GgufValueType.Array, element: GgufValueType.String),
        OnEntry((e, d) => d.Bytes(e.Payload.Length).CopyTo(e.Payload, 0)),
        OnEntry((e, d) => e.Payload = e.Payload[..d.Below(e.Payload.Length + 1)]),
        OnEntry((e, d) => e.Payload = [.. e.Payload, .. d.Bytes(1 + d.Below(9))]),
        (p, d) => p.Add("test.truth", true).Payload = [(byte)d.Below(256)],
        (p, d) => p.Add("test.truths", GgufValue.OfArray<bool>(new bool[9])).Payload[d.Below(9)] = (byte)d.Below(4),
        (p, d) => p.Add("test.number", d.Pick(float.NaN, float.PositiveInfinity, float.MinValue, float.Epsilon)),
        (p, d) => Nest(p.Add("test.nest", GgufValue.OfArray<int>([])), d.Pick(1, 2, 100, 2000)),
        (p, d) => Long(p, d.Pick(0, 1, 1000, 100_000)),
        (p, d) => ManyTexts(p, d.Pick(0, 1, 100, 5000)),
        (p, d) => p.Add(Encoding.UTF8.GetString(p.Entries.Count == 0 ? "x"u8 : p.Entries[d.Below(p.Entries.Count)].Key), 1u),
        (p, d) => Swap(p.Entries, d),
        (p, d) => Remove(p.Entries, d),
    ];

    private static Action<GgufPicture, FuzzDice> OnEntry(Action<GgufPicture.Entry, FuzzDice> mutate, bool array = false, GgufValueType? type = null, GgufValueType? element = null) => (p, d) =>
    {
        var entries = p.Entries.FindAll(e => (!array || e.IsArray) && (type is null || e.Type == (uint)type) && (element is null || (e.ElementType == (uint)element && e.Payload.Length >= 8)));
        if (entries.Count > 0) mutate(entries[d.Below(entries.Count)], d);
    };

    private static byte[] Repeat(char letter, int count)
    {
        var bytes = new byte[count];
        bytes.AsSpan().Fill((byte)letter);
        return bytes;
    }

    private static byte[] Text(byte[] bytes) => [.. BitConverter.GetBytes((ulong)bytes.Length), .. bytes];

    // An array of an array of an array …: element type 9 and count 1, again and again.
    private static void Nest(GgufPicture.Entry entry, int depth)
    {
        (entry.ElementType, entry.Count) = (9, 1);
        entry.Payload = [.. Enumerable.Repeat<byte[]>([9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], depth).SelectMany(b => b), 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    }

    private static void Long(GgufPicture p, int count) => p.Add("test.long", GgufValue.OfArray<byte>(new byte[count]));

    private static void ManyTexts(GgufPicture p, int count)
    {
        var entry = p.Add("test.many", GgufValue.OfArray(["a"]));
        entry.Count = (ulong)count;
        entry.Payload = new byte[9 * count];
        for (var i = 0; i < count; i++) (entry.Payload[9 * i], entry.Payload[9 * i + 8]) = (1, (byte)'a');
    }

    private static void Swap<T>(List<T> list, FuzzDice dice)
    {
        if (list.Count < 2) return;
        var (i, j) = (dice.Below(list.Count), dice.Below(list.Count));
        (list[i], list[j]) = (list[j], list[i]);
    }

    private static void Remove<T>(List<T> list, FuzzDice dice)
    {
        if (list.Count > 0) list.RemoveAt(dice.Below(list.Count));
    }
}
