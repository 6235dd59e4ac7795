using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Golden;

/// <summary>
/// Greedy generation of a real model in exact mode with the cache: ids, stop, the largest logit, the runner-up and the gap at every step.
/// Under the file's tolerance ids must be equal up to the first step whose gap is below twice the allowed difference of logits.
/// </summary>
internal sealed class RealGreedyReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Root.Has("model") && @case.Has("input") && @case.Input.Has("ids") && @case.Input.Has("max_new_tokens") && @case.Expected.Has("top1_logit") && @case.Expected.Has("margin");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var expected = @case.Expected;
        var model = GoldenModels.Real<LanguageModel>(@case.File, @case.File.Root["model"].AsString());
        var tolerance = new Tolerance(@case.File.Tolerance("top1_logit"));
        var wanted = expected["ids"].AsInts();
        var runnersUp = expected["runner_up_ids"].AsInts();
        var (top, margins) = (expected["top1_logit"].AsDoubles(), expected["margin"].AsDoubles());
        check.That(wanted.Length <= @case.Input["max_new_tokens"].AsInt(), "expected.ids", "at most max_new_tokens", $"{wanted.Length}");

        using var pass = DecoderProbe.NewPass(null);
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        var (own, smallest, smallestStep) = (new List<int>(), float.PositiveInfinity, -1);
        ReadOnlySpan<int> next = @case.Input["ids"].AsInts();
        for (var step = 0; step < wanted.Length; step++)
        {
            rows.Clear();
            rows.Add(sequence, next);
            var logits = model.LastLogits(pass, model.Run(pass, rows, cancellationToken)).Span;
            own.Add(ModelChecks.ArgMax(logits));
            var margin = ModelChecks.Margin(logits);
            if (margin < smallest) (smallest, smallestStep) = (margin, step);
            check.Close($"expected.top1_logit[{step}]", top[step], logits[own[^1]], tolerance);
            check.Close($"expected.margin[{step}]", margins[step], margin, new Tolerance(2 * tolerance.Absolute)); // of two logits
            check.Close($"expected.runner_up_ids[{step}]", top[step] - margins[step], logits[runnersUp[step]], tolerance);
            if (own[^1] != wanted[step] && margins[step] < 2 * tolerance.Absolute) break; // from here on two right engines may differ
            next = new[] { own[^1] };
        }

        check.That(own.SequenceEqual(wanted) || own.Count < wanted.Length, "expected.ids", string.Join(" ", wanted), string.Join(" ", own));
        check.Close(expected["smallest_margin"], smallest, new Tolerance(2 * tolerance.Absolute));
        check.Equal(expected["smallest_margin_step"], smallestStep);
        Stop(check, @case, model, own);
    }

    private static void Stop(GoldenCheck check, GoldenCase @case, LanguageModel model, List<int> own)
    {
        var expected = @case.Expected;
        var stops = StopIds(@case.File);
        check.Equal(expected["stopped_on_eos"], stops.Contains(own[^1]));
        check.That(own.Take(own.Count - 1).All(id => !stops.Contains(id)), "expected.ids", "no stop before the end", string.Join(" ", own));
    }

    private static int[] StopIds(GoldenFile file)
    {
        var path = Path.Combine(file.Directory.RealModel(file.Root["model"].AsString()), "generation_config.json");
        using var config = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(path));
        var stop = config.RootElement.GetProperty("eos_token_id");
        return stop.ValueKind == System.Text.Json.JsonValueKind.Array ? [.. stop.EnumerateArray().Select(static s => s.GetInt32())] : [stop.GetInt32()];
    }
}
