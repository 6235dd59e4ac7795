using Tessera.Models;
using Tessera.Models.Attention;
using Tessera.Tensors.Autodiff;

namespace Tessera.Golden;

/// <summary>Documents packed into one row equal documents run one by one: once as ragged sequences of a pass, once as one sequence with a block mask.</summary>
internal sealed class PackedDocumentsReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("model") && @case.Has("input") && @case.Input.Has("lengths") && @case.Input.Has("position_ids") && @case.Expected.Has("loss_sum") && @case.Expected.Has("gradient_norms_of_mean_loss")
        && GoldenModels.IsKnownFolder(file, @case.Value["model"].AsString());

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, input, expected) = (@case.File, @case.Input, @case.Expected);
        using var model = GoldenModels.ForTraining<LanguageModel>(file, GoldenModels.NamedFolder(file, @case.Value["model"].AsString()));
        var (ids, positions, labels, lengths) = (input["input_ids"].AsInts(), input["position_ids"].AsInts(), input["labels"].AsInts(), input["lengths"].AsInts());
        var documents = new List<ProbeRows>();
        var visible = new bool[ids.Length * ids.Length];
        var at = 0;
        foreach (var length in lengths)
        {
            documents.Add(new ProbeRows(ids[at..(at + length)]));
            for (var query = at; query < at + length; query++) visible.AsSpan(query * ids.Length + at, query - at + 1).Fill(true);
            at += length;
        }

        var packed = new ProbeRows(ids, positions, RowVisibility.FromMask(ids.Length, visible));
        var ofLogits = new Tolerance(file.Tolerance("logits"));
        check.Tensor(expected["logits"], DecoderProbe.Logits(model, documents, cancellation: cancellationToken), ofLogits);
        check.Tensor(expected["logits"], DecoderProbe.Logits(model, [packed], cancellation: cancellationToken), ofLogits);

        // Row t − 1 predicts label t; the first token of a document has none.
        int[] targets = [.. labels.Skip(1), -100];
        var all = Enumerable.Range(0, ids.Length).ToList();
        foreach (var rows in (IReadOnlyList<ProbeRows>[])[documents, [packed]])
        {
            Gradients.Prepare(model);
            using var tape = new Tape();
            var mean = DecoderLoss.Run(model, rows, all, targets, tape, null, cancellationToken, out var count);
            check.Equal(expected["label_count"], count);
            check.Close(expected["loss_sum"], mean * count, new Tolerance(file.Tolerance("loss_sum")));
            foreach (var (name, norm) in expected["gradient_norms_of_mean_loss"].Properties)
            {
                var squares = model.Parameters.TryGetValue(name, out var parameter) ? parameter.Gradient.ToArray().Sum(static g => (double)g * g) : double.NaN;
                check.Close(norm, Math.Sqrt(squares), new Tolerance(0, file.Tolerance("gradient norms")));
            }
        }

        foreach (var (key, value) in expected.Properties)
        {
            if (key.StartsWith("max_difference", StringComparison.Ordinal)) value.Waive("what the reference gives where documents are not kept apart");
        }
    }
}
