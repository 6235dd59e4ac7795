namespace Tessera.Golden;

/// <summary>Philox4x32-10: a counter of four words and a key of two give four words.</summary>
internal sealed class PhiloxReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Name.StartsWith("philox4x32-10", StringComparison.Ordinal)
        && @case.Has("input") && @case.Input.Find("counter")?.Count == 4 && @case.Input.Find("key")?.Count == 2;

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var counter = Array.ConvertAll(@case.Input["counter"].AsLongs(), static w => checked((uint)w));
        var key = Array.ConvertAll(@case.Input["key"].AsLongs(), static w => checked((uint)w));
        var (x0, x1, x2, x3) = Philox.Block((counter[0], counter[1], counter[2], counter[3]), (key[0], key[1]));
        check.Tensor(@case.Expected, (ReadOnlySpan<double>)[x0, x1, x2, x3], Tolerance.Exact);
    }
}
