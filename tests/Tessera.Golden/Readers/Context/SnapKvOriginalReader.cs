using Tessera.Context.Policies;

namespace Tessera.Golden;

/// <summary>
/// SnapKV as its authors wrote it, over stored queries, keys and values: a list for each query head, so each has a KV head of its own here; scores are sums over the
/// window's rows instead of means.
/// </summary>
internal sealed class SnapKvOriginalReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Input.Has("q") && @case.Input.Has("window") && @case.Input.Has("capacity") && @case.Input.Has("pooling") && @case.Has("expected") && @case.Expected.Has("pooled");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        if (input["pooling"].AsString() != "avgpool") throw new NotCoveredException("SnapKV smooths by an average; other pooling is not offered");
        if (input["q"].Count != input["k"].Count) throw new NotCoveredException("a list for each query head needs keys for each query head");
        expected.Find("smallest_gap")?.Waive("tells how far apart the reference's scores are");
        var window = input["window"].AsInt();
        using var attention = new StoredAttention(input["q"].AsTensor(), input["k"].AsTensor(), input["v"].AsTensor());
        var policy = new ScoreProbe(Presses.SnapKv(input["capacity"].AsInt(), window, input["kernel"].AsInt()));
        attention.Run(0, input["k"].AsTensor().Shape[1], policy);
        for (var head = 0; head < attention.State.Heads; head++)
        {
            var pooled = expected["pooled"][head];
            check.Tensor(pooled, Array.ConvertAll(policy.Scores[(0, head)][..pooled.Count], s => s * window), new Tolerance(@case.File.Tolerance("pooled")));
            // The authors' order is by score; what counts is the set.
            check.That(PolicyDecoding.Tokens(attention.State, head).SequenceEqual(expected["kept"][head].AsInts().Order()), expected["kept"][head].Path, "the recorded slots", string.Join(' ', PolicyDecoding.Tokens(attention.State, head)));
        }
    }
}
