using Tessera.Tensors;

namespace Tessera.Fuzz;

internal static partial class GgufMutations
{
    private static Action<GgufPicture, FuzzDice>[] Table =>
    [
        OnInfo((t, d) => t.NameLength = d.Number((ulong)t.Name.Length)),
        OnInfo((t, d) => t.Name = []),
        OnInfo((t, d) => t.Name = Repeat('n', d.Pick(62, 63, 64, 65, 1000))),
        OnInfo((t, d) => t.Name = d.Text()),
        OnInfo((t, d) => t.DimensionCount = d.Pick(0u, 1u, 2u, 3u, 4u, 5u, 255u, uint.MaxValue)),
        OnInfo((t, d) => t.Dimensions = new ulong[d.Below(7)]),
        OnInfo((t, d) => t.Dimensions = [1, 1, 1, 1, .. t.Dimensions]),
        OnInfo((t, d) => t.Dimensions = [.. t.Dimensions, 1]),
        OnDimension((x, d) => d.Number(x)),
        OnDimension((x, d) => d.Number(x)),
        OnDimension((x, d) => d.Pick<ulong>(0, 1, 2, 3, 5, 31, 33, 64, 255, 256, 257)),
        OnDimension((x, d) => x + 1),
        OnInfo((t, d) => t.Dimensions = [1UL << 32, 1UL << 32]),
        OnInfo((t, d) => t.Dimensions = [1UL << 31, 1UL << 31, 4]),
        OnInfo((t, d) => t.Dimensions = [d.Pick(1UL << 62, 1UL << 61, 1UL << 60), d.Pick<ulong>(1, 2, 4, 8)]),
        OnInfo((t, d) => t.Dimensions = [0, 1UL << 62, 1UL << 62]),
        OnInfo((t, d) => Array.Reverse(t.Dimensions)),
        OnInfo((t, d) => t.Type = d.Pick(4u, 5u, 31u, 32u, 36u, 38u, 42u, 100u, 999u, 1000u, 1001u, 9999u, 1u << 31, uint.MaxValue)),
        OnInfo((t, d) => t.Type = (uint)d.Below(45)),
        OnInfo((t, d) => t.Offset = d.Number(t.Offset)),
        OnInfo((t, d) => t.Offset += d.Pick<ulong>(1, 2, 4, 8, 16, 31, 32, 64)),
        OnInfo((t, d) => t.Offset = ulong.MaxValue - d.Pick<ulong>(0, 31, 63, 127)),
        (p, d) => p.Infos.ForEach(t => t.Offset = 0),
        (p, d) => p.Infos.ForEach(t => t.Offset += 32),
        (p, d) => p.Add("blk.9.weight", d.Pick(TensorFormat.F32, TensorFormat.Q4_K, TensorFormat.I8), d.Pick<ulong>(0, 1, 256), d.Pick<ulong>(0, 1, 2)),
        (p, d) => p.Infos.Add(p.Infos.Count == 0 ? new GgufPicture.Info { Name = "blk.x"u8.ToArray() } : p.Infos[d.Below(p.Infos.Count)]),
        (p, d) => Many(p, d.Pick(10, 300)),
        (p, d) => Swap(p.Infos, d),
        (p, d) => Remove(p.Infos, d),
    ];

    private static Action<GgufPicture, FuzzDice> OnInfo(Action<GgufPicture.Info, FuzzDice> mutate) => (p, d) =>
    {
        if (p.Infos.Count > 0) mutate(p.Infos[d.Below(p.Infos.Count)], d);
    };

    private static Action<GgufPicture, FuzzDice> OnDimension(Func<ulong, FuzzDice, ulong> mutate) => OnInfo((t, d) =>
    {
        if (t.Dimensions.Length == 0) return;
        var i = d.Below(t.Dimensions.Length);
        t.Dimensions[i] = mutate(t.Dimensions[i], d);
    });

    private static void Many(GgufPicture p, int count)
    {
        for (var i = 0; i < count; i++) p.Add($"blk.{i}.many", TensorFormat.F32, 1);
    }
}
