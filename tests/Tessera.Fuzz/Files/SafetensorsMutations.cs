using System.Globalization;
using System.Text;

namespace Tessera.Fuzz;

/// <summary>What can be wrong with a safetensors file: lengths, JSON, spelling of numbers, entries, how they cover the data.</summary>
internal static class SafetensorsMutations
{
    private static readonly (int Weight, Action<SafetensorsPicture, FuzzDice>[] Mutations)[] Categories =
    [
        (10, Header), (15, Json), (50, Table), (10, Metadata), (15, Data),
    ];

    public static void Apply(SafetensorsPicture picture, FuzzDice dice)
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

    private static Action<SafetensorsPicture, FuzzDice>[] Header =>
    [
        (p, d) => p.HeaderLength = d.Number(150),
        (p, d) => p.HeaderLength = d.Pick(0UL, 1UL, 2UL, 100_000_000UL, 100_000_001UL, ulong.MaxValue),
        (p, d) => p.Prefix = d.Pick(" ", "\n", "\uFEFF", "[", "{", "//", "\0"),
        (p, d) => p.Suffix = new string(' ', d.Below(20)),
        (p, d) => p.Suffix = d.Pick("\n", "\t\r\n ", "\0\0\0", "}", "{}", ",", "x", "\uFEFF", " // end"),
        (p, d) => p.CutAt = d.Below(1000) / 1000.0,
    ];

    private static Action<SafetensorsPicture, FuzzDice>[] Json =>
    [
        (p, d) => p.Patches.Add((d.Below(1000) / 1000.0, d.Bytes(1 + d.Below(3)))),
        (p, d) => p.Patches.Add((d.Below(1000) / 1000.0, Encoding.ASCII.GetBytes(d.Pick("{", "}", "[", "]", "\"", ",", ":", "\\", "\0", "1", "-", "e", "\\u", "null")))),
        (p, d) => p.Patches.Add((d.Below(1000) / 1000.0, d.Pick<byte[]>([0xFF], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x80, 0xAE]))),
        (p, d) => p.Members.Add(d.Pick("", "\"a\"", "1:2", "\"x\":", "null", "\"a\":{}", "\"a\":[]", "\"a\":NaN", "\"\\ud800\":{}", "\"\":{}")),
        (p, d) => Nest(p, d.Pick(1, 60, 64, 65, 1000, 20_000)),
    ];

    private static Action<SafetensorsPicture, FuzzDice>[] Metadata =>
    [
        (p, d) => p.Members.Add("\"__metadata__\":" + d.Pick("{}", "{\"a\":1}", "{\"a\":null}", "{\"a\":{}}", "[]", "null", "\"x\"", "{\"a\":\"\\ud83d\"}", "{\"a\":\"1\",\"a\":\"2\"}", "{\"\":\"\"}")),
        (p, d) => p.Members.Add($"\"__metadata__\":{{\"long\":\"{new string('x', d.Pick(1000, 50_000))}\"}}"),
        (p, d) => p.Members.Add($"\"__metadata__\":{{{string.Join(',', Enumerable.Range(0, d.Pick(1, 50, 2000)).Select(i => $"\"k{i}\":\"v\""))}}}"),
        (p, d) => p.Members.Clear(),
    ];

    private static Action<SafetensorsPicture, FuzzDice>[] Data =>
    [
        (p, d) => p.DataLength = Math.Max(0, p.DataLength - 1 - d.Below(8)),
        (p, d) => p.DataLength += 1 + d.Below(64),
        (p, d) => p.DataLength = 0,
        (p, d) => p.Fill = d.Pick<byte>(0x00, 0x7F, 0x80, 0xFF),
        (p, d) => p.Fill = (byte)d.Below(256),
    ];

    private static Action<SafetensorsPicture, FuzzDice>[] Table =>
    [
        OnEntry((e, d) => e.Name = d.Pick("\"\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"\\ud83d\\ude00\"", "\"../../x\"", "\"\\x\"", "\"layers.0\"", "\"layers.\\u0030\"", $"\"{new string('n', 5000)}\"")),
        OnEntry((e, d) => e.Type = d.Pick("\"F99\"", "\"f32\"", "\"\"", "7", "null", "\"F8_E4M3\"", "\"F8_E5M2\"", "\"U16\"", "\"U64\"", "\"F4\"", "\"\\u0046\\u0033\\u0032\"", "[\"F32\"]")),
        OnEntry((e, d) => e.Type = $"\"{d.Pick("F32", "F16", "BF16", "F64", "I8", "I16", "I32", "I64", "U8", "BOOL")}\""),
        OnEntry((e, d) => e.Begin = Spelled(e.Begin, d)),
        OnEntry((e, d) => e.End = Spelled(e.End, d)),
        OnEntry((e, d) => e.End = Odd(e.End, d)),
        OnEntry((e, d) => (e.Begin, e.End) = (e.End, e.Begin)),
        OnEntry((e, d) => (e.Begin, e.End) = ("0", "0")),
        OnEntry((e, d) => e.End = $"{e.End},{e.End}"),
        OnEntry((e, d) => e.Shape = [.. e.Shape, d.Pick("1", "0", "2", "-1", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551615")]),
        OnEntry((e, d) => e.Shape = ["4294967296", "4294967296"]),
        OnEntry((e, d) => e.Shape = ["0", "9223372036854775807", "9223372036854775807"]),
        OnEntry((e, d) => e.Shape = ["9223372036854775807", "2", "0"]),
        OnEntry((e, d) => e.Shape = ["-1", "-4"]),
        OnEntry((e, d) => e.Shape = [.. Enumerable.Repeat("1", d.Pick(63, 64, 65, 1000))]),
        OnEntry((e, d) => e.Shape = []),
        OnEntry((e, d) => { if (e.Shape.Count > 0) e.Shape[d.Below(e.Shape.Count)] = Odd("2", d); }),
        OnEntry((e, d) => { if (e.Shape.Count > 0) e.Shape[d.Below(e.Shape.Count)] = Spelled("2", d); }),
        OnEntry((e, d) => e.Fields.RemoveAt(d.Below(e.Fields.Count))),
        OnEntry((e, d) => e.Fields.Add(d.Pick("dtype", "shape", "data_offsets", "later", "Dtype"))),
        OnEntry((e, d) => e.Fields.Reverse()),
        OnEntry((e, d) => e.Whole = d.Pick("null", "[]", "1", "\"x\"", "{}", "true")),
        (p, d) => { if (p.Entries.Count > 0) p.Entries.Add(p.Entries[d.Below(p.Entries.Count)]); },
        (p, d) => { if (p.Entries.Count > 0) p.Entries.RemoveAt(d.Below(p.Entries.Count)); },
        (p, d) => p.Entries.Reverse(),
        (p, d) => p.Add("empty", ("F32", 4), 0, 3),
        (p, d) => Many(p, d.Pick(20, 300)),
    ];

    // A number of the same or a near value, in a spelling that only some readers take.
    private static string Spelled(string number, FuzzDice d) => d.Below(8) switch
    {
        0 => number + ".0",
        1 => number + "e0",
        2 => "-" + number,
        3 => "0" + number,
        4 => $"\"{number}\"",
        5 => number + "0",
        6 => new string('9', d.Pick(19, 20, 400)),
        _ => d.Pick("1e400", "null", "true", "[]", "{}", "+1", "0x10", "1_0", "Infinity", "-0"),
    };

    private static string Odd(string number, FuzzDice d) => ulong.TryParse(number, out var truth) ? d.Number(truth).ToString(CultureInfo.InvariantCulture) : number;

    private static Action<SafetensorsPicture, FuzzDice> OnEntry(Action<SafetensorsPicture.Entry, FuzzDice> mutate) => (p, d) =>
    {
        if (p.Entries.Count > 0) mutate(p.Entries[d.Below(p.Entries.Count)], d);
    };

    private static void Nest(SafetensorsPicture p, int depth) => p.Members.Add($"\"deep\":{{\"x\":{new string('[', depth)}{new string(']', depth)}}}");

    private static void Many(SafetensorsPicture p, int count)
    {
        for (var i = 0; i < count; i++) p.Add($"many.{i}", ("I16", 2), 1);
    }
}
