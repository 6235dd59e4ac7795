using Tessera.Context.Policies;
using Tessera.Models;
using Tessera.Models.Attention;
using Tessera.Models.State;

namespace Tessera.Golden;

/// <summary>A real model under a policy that acts when the prompt is read: what stays in every layer and head, and the next tokens' log-probabilities.</summary>
internal sealed class RealPolicyReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Root.Has("model") && file.Root.Has("prompt_ids") && file.Root.Has("next_ids") && @case.Has("input") && @case.Input.Has("policy") && !@case.Input.Has("layer") && @case.Has("expected") && @case.Expected.Has("steps");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, expected) = (@case.File, @case.Expected);
        var (prompt, next) = (file.Root["prompt_ids"].AsInts(), file.Root["next_ids"].AsInts());
        expected.Find("rounding_alone")?.Waive("tells how far the reference is from itself");
        expected.Find("smallest_gap")?.Waive("tells how far apart the reference's scores are");
        var policy = Policy(@case.Input);
        var model = GoldenModels.Real<LanguageModel>(file, file.Root["model"].AsString());
        var step = 0;
        PolicyDecoding.Run(model, policy, [.. prompt, .. next], prompt.Length, (sequence, logits) =>
        {
            if (step == 0 && expected.Find("kept_ranges") is { } kept) Kept(check, kept, expected.Find("gap_at_the_cut"), sequence);
            if (step == next.Length && expected.Find("kept_after_last_step") is { } last) Kept(check, last, null, sequence);
            LogProbabilities(check, expected["steps"][step], logits, step < next.Length ? next[step] : null, new Tolerance(file.Tolerance("log_probability")));
            step++;
        }, cancellationToken);
        check.That(step == expected["steps"].Count, "expected.steps", $"{expected["steps"].Count}", $"{step}");
    }

    /// <summary>The largest log-probabilities by token and by rank, and that of the token that comes.</summary>
    public static void LogProbabilities(GoldenCheck check, GoldenValue step, ReadOnlySpan<float> logits, int? next, Tolerance tolerance)
    {
        var normaliser = TokenStatistics.Compute(logits, 0).LogNormaliser;
        var ranked = logits.ToArray();
        Array.Sort(ranked, static (a, b) => b.CompareTo(a));
        var recorded = new Dictionary<int, double>();
        var rank = 0;
        foreach (var entry in step["top"].Items)
        {
            var id = entry["id"].AsInt();
            recorded[id] = entry["log_probability"].AsDouble();
            check.Close(entry["log_probability"], logits[id] - normaliser, tolerance);
            check.Close(entry["log_probability"].Path, recorded[id], ranked[rank++] - normaliser, tolerance);
        }

        var ofNext = step["of_next"];
        if (next is not { } token) check.That(ofNext.IsNull, ofNext.Path, "null behind the last token", "a number");
        else if (recorded.TryGetValue(token, out var known) && Math.Abs(known - ofNext.AsDouble()) > tolerance.Absolute)
            ofNext.Waive("the file gives the same token another log-probability in \"top\" of the same step");
        else check.Close(ofNext, logits[token] - normaliser, tolerance);
    }

    // Lists of inclusive ranges, by layer and head. One slot may differ where the reference's own cut is closer than rounding.
    private static void Kept(GoldenCheck check, GoldenValue ranges, GoldenValue? gaps, Sequence sequence)
    {
        for (var layer = 0; layer < ranges.Count; layer++)
        {
            for (var head = 0; head < ranges[layer].Count; head++)
            {
                var slots = ranges[layer][head].AsIntRows().SelectMany(r => Enumerable.Range(r[0], r[1] - r[0] + 1)).ToHashSet();
                var own = PolicyDecoding.Tokens(sequence, layer, head);
                var differing = own.Count(t => !slots.Contains(t));
                var allowed = gaps is not null && gaps[layer][head].AsDouble() < 1e-6 ? 1 : 0;
                check.That(own.Length == slots.Count && differing <= allowed, ranges[layer][head].Path, $"{slots.Count} slots, {allowed} other", $"{own.Length} slots, {differing} other");
            }
        }
    }

    private static IAttentionPolicy? Policy(GoldenValue input)
    {
        var share = input.Find("compression_ratio") is { } ratio ? 1 - ratio.AsDouble() : 1;
        return input["policy"].AsString() switch
        {
            "none" => null,
            "tova" => new Tova(share, keepNewest: true, EvictionTime.AfterPrompt),
            "snapkv" => Presses.SnapKv(share, input["window"].AsInt(), input["kernel"].AsInt()),
            "streaming" => new StreamingLlm(share, input["sink"].AsInt(), CachePositions.Keep, EvictionTime.AfterPrompt),
            "streaming-rebased" => new StreamingLlm(share, input["sink"].AsInt(), CachePositions.Rebase, EvictionTime.AfterPrompt),
            "observed" => new ObservedAttention(share),
            "h2o" => HeavyHitterReader.Policy(input["heavy"].AsInt(), input["recent"].AsInt(), input.Find("positions")?.AsString()),
            var name => throw new NotCoveredException($"no policy \"{name}\" is known"),
        };
    }
}
