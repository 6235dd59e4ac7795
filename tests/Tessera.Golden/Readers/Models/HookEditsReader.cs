using Tessera.Models;
using Tessera.Models.Hooks;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Golden;

/// <summary>
/// Interventions: a vector added to a layer's output at a position, a layer skipped, an embedding row replaced by the mean of two. The
/// numbers stand in the keys, as in "logits, layer 1 skipped".
/// </summary>
internal sealed class HookEditsReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method?.StartsWith("engine/", StringComparison.Ordinal) == true && @case.Has("input") && @case.Input.Has("input_ids") && @case.Input.Has("vector")
        && @case.Expected.Has("logits") && GoldenModels.IsKnownFolder(file);

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var model = GoldenModels.FromFolder<LanguageModel>(@case.File, @case.File.Folder, training: false);
        var ids = @case.Input["input_ids"].AsIntRows()[0];
        var vector = @case.Input["vector"].AsTensor().ToSingles();
        var tolerance = ModelChecks.Logits(@case.File);
        foreach (var (key, expected) in @case.Expected.Properties)
        {
            var numbers = ModelChecks.NumbersIn(key);
            var actual = key switch
            {
                "logits" => DecoderProbe.Logits(model, [new ProbeRows(ids)], cancellation: cancellationToken),
                _ when key.Contains("vector added to the output of layer", StringComparison.Ordinal) && numbers is [var layer, var position] => Added(model, ids, vector, layer, position),
                _ when key.Contains("skipped", StringComparison.Ordinal) && numbers is [var layer] => Skipped(model, ids, layer, cancellationToken),
                _ when key.Contains("embedding row of position", StringComparison.Ordinal) && numbers is [var at, var one, var other] => Replaced(model, ids, at, one, other),
                _ => null,
            };
            if (actual is not null) check.Tensor(expected, actual, tolerance);
        }
    }

    private static float[] Added(LanguageModel model, int[] ids, float[] vector, int layer, int position)
    {
        var hooks = new HookTable();
        hooks.Edit(HookPoint.ResidPost, (in HookContext context, Span<float> values) =>
        {
            var row = context.Rows.Positions.IndexOf(position);
            for (var i = 0; i < vector.Length; i++) values[row * vector.Length + i] += vector[i];
        }, layer, layer);
        return DecoderProbe.Logits(model, [new ProbeRows(ids)], hooks);
    }

    // Through the door's steps: all layers but one.
    private static float[] Skipped(LanguageModel model, int[] ids, int layer, CancellationToken cancellation)
    {
        using var pass = DecoderProbe.NewPass(null);
        using var sequence = model.NewSequence(SequenceOptions.Exact);
        var rows = new RowBatch();
        rows.Add(sequence, ids);
        pass.Begin(rows, cancellation);
        var stack = model.Stack;
        var x = stack.RunLayers(pass, stack.Embed(pass), 0, layer);
        x = stack.RunLayers(pass, x, layer + 1, stack.Blocks.Count);
        return model.Head.Logits(pass, stack.Finish(pass, x)).Span.ToArray();
    }

    private static float[] Replaced(LanguageModel model, int[] ids, int at, int one, int other)
    {
        var table = model.Stack.Embedding.Tensor;
        var (first, second) = (new float[model.Stack.Config.Width], new float[model.Stack.Config.Width]);
        table.CopyRowTo(ids[one], first);
        table.CopyRowTo(ids[other], second);
        var mean = first.Zip(second, static (a, b) => (a + b) / 2).ToArray();
        return DecoderProbe.Logits(model, [new ProbeRows(ids)], null, rows => rows.SetVector(at, mean));
    }
}
