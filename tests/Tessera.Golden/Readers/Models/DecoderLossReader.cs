using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;

namespace Tessera.Golden;

/// <summary>
/// The mean cross-entropy of next-token labels, and where the case names a file of gradients, the gradient of every parameter. Padding to
/// the right is left out; labels[t] is predicted by row t − 1; −100 is no label.
/// </summary>
internal sealed class DecoderLossReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method?.StartsWith("engine/", StringComparison.Ordinal) == true && @case.Has("input") && @case.Input.Has("labels") && @case.Input.Has("input_ids")
        && !@case.Input.Has("decoder_input_ids") && @case.Expected.Has("loss") && !@case.Expected.Has("decoder_start_token_id") && GoldenModels.IsKnownFolder(file);

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var expected = @case.Expected;
        var withGradients = expected.Has("file");
        var model = GoldenModels.FromFolder<LanguageModel>(@case.File, @case.File.Folder, withGradients);
        ModelChecks.WaiveRemarks(expected);
        var sequences = ProbeRows.FromBatch(@case.Input, out var keptRows);
        var labels = @case.Input["labels"].AsIntRows();
        var flat = labels.SelectMany(static row => row.Skip(1).Append(-100)).ToArray(); // what each row should predict
        var chosen = keptRows.Select((row, i) => (Row: i, Target: flat[row])).Where(static r => r.Target != -100).ToArray();
        var tolerance = new Tolerance(@case.File.Tolerance("loss"));
        if (expected.Find("tokens") is { } tokens) check.Equal(tokens, chosen.Length);

        using var tape = withGradients ? new Tape() : null;
        if (withGradients) Gradients.Prepare(model);
        using var pass = new Pass(new PassOptions { Arithmetic = Tensors.Kernels.Arithmetic.Exact, Tape = tape });
        var states = sequences.Select(_ => model.NewSequence(SequenceOptions.Exact)).ToList();
        try
        {
            var rows = new RowBatch();
            for (var i = 0; i < states.Count; i++) DecoderProbe.Add(rows, states[i], sequences[i]);
            var hidden = pass.Select(model.Run(pass, rows, cancellationToken), [.. chosen.Select(static c => c.Row)]);
            var weights = Enumerable.Repeat(1f / chosen.Length, chosen.Length).ToArray();
            var loss = pass.CrossEntropy(hidden, model.Head, chosen.Select(static c => c.Target).ToArray(), weights);
            check.Close(expected["loss"], loss.Span[0], tolerance);
            tape?.Backward(loss);
        }
        finally
        {
            foreach (var state in states) state.Dispose();
        }

        if (withGradients) Gradients.Compare(check, model, expected, ModelChecks.Gradients(@case.File));
    }
}
