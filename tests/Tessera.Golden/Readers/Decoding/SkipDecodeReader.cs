using System.Globalization;
using Tessera.Context.Schedules;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Kernels;

namespace Tessera.Golden;

/// <summary>SkipDecode: how many and which layers run at each position, what each layer caches, and a model's logits under a schedule, step by step.</summary>
internal sealed class SkipDecodeReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Input.Has("warm_up") && (IsSchedule(@case) || @case.Input.Has("active_count") && @case.Input.Has("ids") && Folder(@case) is not null);

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        if (IsSchedule(@case)) CheckDecay(@case.Input, @case.Expected, check);
        else CheckModel(@case, check, cancellationToken);
    }

    private static bool IsSchedule(GoldenCase @case) => @case.Input.Has("layers") && @case.Input.Has("positions");

    // The tiny Llama that the file's kind names stands beside it or a folder below.
    private static string? Folder(GoldenCase @case)
    {
        var name = @case.Input["kind"].AsString();
        string[] places = [Path.Combine(@case.File.Folder, name), Path.Combine(@case.File.Folder, "generate", name)];
        return places.FirstOrDefault(Directory.Exists);
    }

    private static void CheckDecay(GoldenValue input, GoldenValue expected, GoldenCheck check)
    {
        var (layers, warmUp, positions) = (input["layers"].AsInt(), input["warm_up"].AsInt(), input["positions"].AsInt());
        var counts = SkipDecode.Decay(layers, warmUp, input["max"].AsInt(), input["min"].AsInt(), input["start"].AsInt(), input["end"].AsInt(), positions);
        check.SameIds(expected["active_count"], counts);
        foreach (var (position, active) in expected["active_layers"].Properties)
            check.SameIds(active, Active(layers, warmUp, counts[int.Parse(position, CultureInfo.InvariantCulture)]));
        check.SameIds(expected["cached_rows_per_layer"], [.. Enumerable.Range(0, layers).Select(layer => counts.Count(count => SkipDecode.Runs(layer, layers, warmUp, count)))]);
        check.Close(expected["mean_active"], counts.Average(), new Tolerance(1e-12));
    }

    private static int[] Active(int layers, int warmUp, int count) => [.. Enumerable.Range(0, layers).Where(layer => SkipDecode.Runs(layer, layers, warmUp, count))];

    private static void CheckModel(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, input, expected) = (@case.File, @case.Input, @case.Expected);
        var model = GoldenModels.FromFolder<LanguageModel>(file, Folder(@case)!, training: false);
        var (ids, counts, warmUp) = (input["ids"].AsInts(), input["active_count"].AsInts(), input["warm_up"].AsInt());
        for (var t = 0; t < ids.Length; t++) check.SameIds(input["active_layers"][t], Active(model.Stack.Blocks.Count, warmUp, counts[t]));
        var tolerance = new Tolerance(file.Tolerance("logits_last"));
        var whole = Logits(model, ids, ids.Length, counts, warmUp, cancellationToken);
        var single = Logits(model, ids, 1, counts, warmUp, cancellationToken);
        foreach (var logits in (float[][][])[whole, single])
        {
            check.SameIds(expected["argmax"], [.. logits.Select(row => row.IndexOf(row.Max()))]);
            check.Tensor(expected["logits_last"], logits[^1], tolerance);
            check.Tensor(expected["log_prob_of_next"], LogProbabilities(logits, ids), new Tolerance(file.Tolerance("log_prob_of_next")));
        }
    }

    // The logits of every row, the tokens run in pieces.
    private static float[][] Logits(LanguageModel model, int[] ids, int piece, int[] counts, int warmUp, CancellationToken cancellationToken)
    {
        using var sequence = model.NewSequence(SequenceOptions.Exact with { Schedule = () => SkipDecode.ByPosition(counts, warmUp) });
        using var pass = new Pass(new PassOptions { Arithmetic = Arithmetic.Exact });
        var rows = new RowBatch();
        var all = new List<float[]>();
        for (var at = 0; at < ids.Length; at += piece)
        {
            rows.Clear();
            rows.Add(sequence, ids.AsSpan(at, Math.Min(piece, ids.Length - at)));
            var logits = model.Logits(pass, model.Run(pass, rows, cancellationToken), [.. Enumerable.Range(0, rows.Count)]);
            for (var row = 0; row < rows.Count; row++) all.Add([.. logits.Row(row)]);
        }

        return [.. all];
    }

    private static double[] LogProbabilities(float[][] logits, int[] ids)
    {
        var result = new double[ids.Length - 1];
        for (var t = 0; t < result.Length; t++)
        {
            var sum = 0.0;
            foreach (var logit in logits[t]) sum += Math.Exp(logit);
            result[t] = logits[t][ids[t + 1]] - Math.Log(sum);
        }

        return result;
    }
}
