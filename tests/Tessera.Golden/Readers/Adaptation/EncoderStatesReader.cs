using System.Numerics.Tensors;
using Tessera.Models;
using Tessera.Models.Hooks;
using Tessera.Models.Passes;

namespace Tessera.Golden;

/// <summary>
/// An encoder of a folder that the case names: hidden states of every layer (index 0 = input of the first), the head's logits, positions,
/// and the mean of the real rows, normalised. A padded batch runs without its padding.
/// </summary>
internal sealed class EncoderStatesReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Input.Has("ids") && @case.Input.Has("mask") && @case.Input.Find("directory") is { } directory && @case.Expected.Has("hidden_states")
        && GoldenModels.IsKnownFolder(file, directory.AsString());

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, input, expected) = (@case.File, @case.Input, @case.Expected);
        var model = GoldenModels.FromFolder<EncoderModel>(file, GoldenModels.NamedFolder(file, input["directory"].AsString()), training: false);
        var sequences = FromBatch(input, out var keptRows);
        var capture = new Capture();
        using var run = new EncoderRun(model, sequences, capture, null, cancellationToken);
        var tolerance = new Tolerance(file.Tolerance("hidden_states, logits"));
        var layers = expected["hidden_states"];
        for (var layer = 0; layer < layers.Count; layer++)
            ModelChecks.Rows(check, layers[layer], layer == 0 ? capture[HookPoint.Embed] : capture[HookPoint.ResidPost, layer - 1], keptRows, tolerance);

        var logits = expected["logits"];
        if (model.Heads.Classifier is { OfTokens: false }) check.Tensor(logits, run.Classes(), tolerance);
        else ModelChecks.Rows(check, logits, model.Heads.Masked is not null ? run.Masked() : run.Classes(), keptRows, tolerance);
        check.Tensor(expected["mean_pooled_normalised"], Pooled(run.Hidden, sequences, model.Stack.Config.Width), tolerance);
        if (expected.Find("position_ids") is { } positions) Positions(check, model, input, positions);
    }

    /// <summary>The sequences of a batch of ids, mask and types, without the padding.</summary>
    internal static List<ProbeRows> FromBatch(GoldenValue batch, out List<int> keptRows)
    {
        var (ids, mask) = (batch["ids"].AsIntRows(), batch["mask"].AsIntRows());
        var types = batch.Find("types") is { IsNull: false } given ? given.AsIntRows() : null;
        var sequences = new List<ProbeRows>();
        keptRows = [];
        for (var b = 0; b < ids.Length; b++)
        {
            var kept = Enumerable.Range(0, ids[b].Length).Where(t => mask[b][t] == 1).ToArray();
            keptRows.AddRange(kept.Select(t => b * ids[b].Length + t));
            var row = b;
            sequences.Add(new ProbeRows([.. kept.Select(t => ids[row][t])], null, null, types is null ? null : [.. kept.Select(t => types[row][t])]));
        }

        return sequences;
    }

    // Padding has the positions that its ids ask for, so the ids run through the engine's numbering with it.
    private static void Positions(GoldenCheck check, EncoderModel model, GoldenValue input, GoldenValue expected)
    {
        foreach (var (ids, positions) in input["ids"].AsIntRows().Zip(expected.Items))
        {
            using var sequence = model.NewSequence();
            var rows = new RowBatch();
            rows.Add(sequence, ids);
            check.SameIds(positions, rows.Positions);
        }
    }

    private static float[] Pooled(float[] hidden, List<ProbeRows> sequences, int width)
    {
        var pooled = new float[sequences.Count * width];
        var row = 0;
        for (var s = 0; s < sequences.Count; s++)
        {
            var mean = pooled.AsSpan(s * width, width);
            foreach (var _ in sequences[s].Ids) TensorPrimitives.Add(mean, hidden.AsSpan(row++ * width, width), mean);
            TensorPrimitives.Divide(mean, sequences[s].Ids.Length, mean);
            TensorPrimitives.Divide(mean, Math.Max(TensorPrimitives.Norm<float>(mean), 1e-12f), mean);
        }

        return pooled;
    }
}
