using Tessera.Context.Policies;
using Tessera.Context.Selection;
using Tessera.Models;
using Tessera.Models.State;

namespace Tessera.Golden;

/// <summary>GemFilter: pooled scores and choice over a stored query and keys, or in a small or real model; then the logits of what is left as a prompt of its own.</summary>
internal sealed class GemFilterReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Input.Has("k") && @case.Input.Has("kernel") && @case.Has("expected") && @case.Expected.Has("indices") && (@case.Input.Has("query_last") || @case.Input.Has("layer"));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        @case.Expected.Find("gap_at_the_cut")?.Waive("tells how far apart the reference's scores are");
        @case.Expected.Find("rounding_alone")?.Waive("tells how far the reference is from itself");
        if (@case.Input.Has("query_last")) Stored(@case, check);
        else Model(@case, check, cancellationToken);
    }

    private static void Stored(GoldenCase @case, GoldenCheck check)
    {
        var (input, keys) = (@case.Input, @case.Input["keys"].AsTensor());
        var pools = input.Find("pool") is not { } pool || pool.AsBool();
        var filter = new GemFilter(0, input["k"].AsInt(), pools ? input["kernel"].AsInt() : 1);
        using var attention = new StoredAttention(keys, keys, keys);
        attention.Run(0, keys.Shape[1], null);
        Choice(@case, check, filter.Score(attention.State, input["query_last"].AsTensor().ToSingles()), null, filter);
    }

    private static void Model(GoldenCase @case, GoldenCheck check, CancellationToken cancellation)
    {
        var (input, expected, file) = (@case.Input, @case.Expected, @case.File);
        var real = !input.Has("model");
        var model = real
            ? GoldenModels.Real<LanguageModel>(file, file.Root["model"].AsString())
            : GoldenModels.FromFolder<LanguageModel>(file, GoldenModels.NamedFolder(file, input["model"].AsString()), training: false);
        var ids = (real ? file.Root["prompt_ids"] : input["ids"]).AsInts();
        var next = (real ? file.Root["next_ids"] : input["next_ids"]).AsInts();
        var filter = new GemFilter(input["layer"].AsInt(), input["k"].AsInt(), input["kernel"].AsInt());
        using var pass = DecoderProbe.NewPass(null);
        var (scores, kept) = filter.Choose(model, pass, ids, cancellation);
        Choice(@case, check, scores, kept, filter);
        int[] text = [.. kept.Select(i => ids[i])];
        if (expected.Find("kept_ids") is { } keptIds) check.SameIds(keptIds, text);
        var step = 0;
        PolicyDecoding.Run(model, null, [.. text, .. next], text.Length, (_, logits) =>
        {
            if (real) RealPolicyReader.LogProbabilities(check, expected["steps"][step], logits, step < next.Length ? next[step] : null, new Tolerance(file.Tolerance("log_probability")));
            else check.Tensor(step == 0 ? expected["logits_after_kept"] : expected["next_logits"][step - 1], logits, new Tolerance(file.Tolerance("logits")));
            step++;
        }, cancellation);
    }

    private static void Choice(GoldenCase @case, GoldenCheck check, float[] scores, int[]? kept, GemFilter filter)
    {
        if (@case.Expected.Find("pooled_scores") is { } pooled) check.Tensor(pooled, scores, new Tolerance(@case.File.Tolerance("pooled_scores")));
        check.SameIds(@case.Expected["indices"], kept ?? SlotRanking.Best(scores, Math.Min(filter.Keep, scores.Length)));
    }
}
