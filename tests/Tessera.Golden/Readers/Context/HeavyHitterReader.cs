using Tessera.Context.Policies;
using Tessera.Models;

namespace Tessera.Golden;

/// <summary>H2O over stored queries, keys and values: what each head keeps after each step, the sums, and the newest row's output.</summary>
internal sealed class HeavyHitterReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Input.Has("heavy") && @case.Input.Has("recent") && @case.Has("expected") && (@case.Input.Has("q") ? @case.Expected.Has("steps") : @case.Input.Has("model") && @case.Expected.Has("kept_after_step"));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        @case.Expected.Find("smallest_gap")?.Waive("tells how far apart the reference's scores are");
        if (@case.Input.Has("q")) Stored(@case, check);
        else Model(@case, check, cancellationToken);
    }

    /// <summary>The oracle with these numbers of slots.</summary>
    public static HeavyHitterOracle Policy(int heavy, int recent, string? positions) =>
        new(heavy + recent, (double)heavy / (heavy + recent), positions: positions switch
        {
            null or "keep" => CachePositions.Keep,
            "rebase" => CachePositions.Rebase,
            _ => throw new NotCoveredException($"positions \"{positions}\" are not known"),
        });

    private static void Stored(GoldenCase @case, GoldenCheck check)
    {
        var input = @case.Input;
        using var attention = new StoredAttention(input["q"].AsTensor(), input["k"].AsTensor(), input["v"].AsTensor());
        var policy = Policy(input["heavy"].AsInt(), input["recent"].AsInt(), input.Find("positions")?.AsString());
        var (score, output) = (new Tolerance(@case.File.Tolerance("score")), new Tolerance(@case.File.Tolerance("output")));
        var prompt = input["prompt"].AsInt();
        var steps = @case.Expected["steps"];
        for (var i = 0; i < steps.Count; i++)
        {
            var step = steps[i];
            check.Equal(step["step"], i);
            var rows = attention.Run(i == 0 ? 0 : prompt + i - 1, i == 0 ? prompt : 1, policy);
            check.Tensor(step["output"], rows.AsSpan()[^(attention.Heads * attention.ValueSize)..], output);
            for (var head = 0; head < attention.State.Heads; head++)
            {
                check.SameIds(step["kept"][head], PolicyDecoding.Tokens(attention.State, head));
                check.Tensor(step["score"][head], policy.Sums(0, head), score);
            }
        }
    }

    private static void Model(GoldenCase @case, GoldenCheck check, CancellationToken cancellation)
    {
        var input = @case.Input;
        var policy = Policy(input["heavy"].AsInt(), input["recent"].AsInt(), input.Find("positions")?.AsString());
        var model = GoldenModels.FromFolder<LanguageModel>(@case.File, GoldenModels.NamedFolder(@case.File, input["model"].AsString()), training: false);
        var tolerance = new Tolerance(@case.File.Tolerance("logits"));
        var step = 0;
        PolicyDecoding.Run(model, policy, input["ids"].AsInts(), input["prompt"].AsInt(), (sequence, logits) =>
        {
            check.Tensor(@case.Expected["logits"][step], logits, tolerance);
            var kept = @case.Expected["kept_after_step"][step++];
            for (var layer = 0; layer < kept.Count; layer++)
            {
                for (var head = 0; head < kept[layer].Count; head++) check.SameIds(kept[layer][head], PolicyDecoding.Tokens(sequence, layer, head));
            }
        }, cancellation);
        check.That(step == @case.Expected["logits"].Count, "expected.logits", $"{@case.Expected["logits"].Count} steps", $"{step}");
    }
}
