using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Golden;

/// <summary>Greedy decoding with the cache: the ids, the logits of each step, and the smallest gap between first and second.</summary>
internal sealed class DecoderGreedyReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method?.StartsWith("engine/", StringComparison.Ordinal) == true && @case.Has("input") && @case.Input.Has("input_ids") && @case.Input.Has("max_new_tokens")
        && !@case.Input.Has("decoder_start_token_id") && @case.Expected.Has("ids") && GoldenModels.IsKnown(@case);

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var model = GoldenModels.Language(@case);
        var prompt = @case.Input["input_ids"].AsIntRows()[0];
        var steps = @case.Input["max_new_tokens"].AsInt();
        var stop = @case.Input.Find("eos") is { IsNull: false } eos ? eos.AsInt() : -1;

        using var pass = DecoderProbe.NewPass(null);
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        var (ids, logits, smallest) = (new List<int>(), new List<float>(), float.PositiveInfinity);
        ReadOnlySpan<int> next = prompt;
        while (ids.Count < steps)
        {
            rows.Clear();
            rows.Add(sequence, next);
            var row = model.LastLogits(pass, model.Run(pass, rows, cancellationToken)).Span;
            logits.AddRange(row);
            smallest = Math.Min(smallest, ModelChecks.Margin(row));
            ids.Add(ModelChecks.ArgMax(row));
            if (ids[^1] == stop) break;
            next = new[] { ids[^1] };
        }

        var tolerance = ModelChecks.Logits(@case.File);
        check.SameIds(@case.Expected["ids"], [.. ids]);
        check.Close(@case.Expected["smallest_margin_top1_top2"], smallest, new Tolerance(2 * tolerance.Absolute)); // the difference of two logits
        if (@case.Expected.Find("logits") is { } expected) check.Tensor(expected, [.. logits], tolerance);
    }
}
