using Tessera.Models;
using Tessera.Models.Heads;
using Tessera.Tensors.Autodiff;

namespace Tessera.Golden;

/// <summary>
/// An encoder's loss: masked-token cross-entropy over unshifted labels (−100 is none), next-sentence cross-entropy added where the case has
/// that label, or the classes of whole sequences; and where the case names a file of gradients, the gradient of every parameter.
/// </summary>
internal sealed class EncoderLossReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method == "encoder-models" && @case.Has("input") && @case.Input.Has("input_ids") && @case.Input.Has("labels") && @case.Expected.Has("loss") && GoldenModels.IsKnownFolder(file);

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var expected = @case.Expected;
        var withGradients = expected.Has("file");
        var model = GoldenModels.FromFolder<EncoderModel>(@case.File, @case.File.Folder, withGradients);
        ModelChecks.WaiveRemarks(expected);
        var sequences = ProbeRows.FromBatch(@case.Input, out var keptRows);
        using var tape = withGradients ? new Tape() : null;
        if (withGradients) Gradients.Prepare(model);
        using var run = new EncoderRun(model, sequences, null, null, cancellationToken, tape);
        var loss = Loss(model, run, @case.Input, keptRows);
        check.Close(expected["loss"], loss.Span[0], new Tolerance(@case.File.Tolerance("loss")));
        tape?.Backward(loss);
        if (withGradients) Gradients.Compare(check, model, expected, ModelChecks.Gradients(@case.File));
    }

    internal static Value Loss(EncoderModel model, EncoderRun run, GoldenValue input, List<int> keptRows)
    {
        if (input["labels"].Element[0].ValueKind == System.Text.Json.JsonValueKind.Number)
            return Mean(run, run.PooledValue(), new LanguageHead(model.Heads.Classifier!), input["labels"].AsInts());

        var labels = input["labels"].AsIntRows().SelectMany(static row => row).ToArray();
        var chosen = keptRows.Select((row, i) => (Row: i, Target: labels[row])).Where(static r => r.Target != -100).ToArray();
        var head = model.Heads.Masked ?? throw new NotCoveredException("the model has no masked-language-model head");
        var pass = run.Pass;
        var rows = pass.Activate(pass.Linear(pass.Select(run.Output, [.. chosen.Select(static c => c.Row)]), head.Transform), head.Activation);
        var loss = Mean(run, pass.Norm(rows, head.Norm), new LanguageHead(head.Decoder), [.. chosen.Select(static c => c.Target)]);
        return input.Find("next_sentence_label") is { } next
            ? pass.Add(loss, Mean(run, run.PooledValue(), new LanguageHead(model.Heads.NextSentence!), next.AsInts()), 1)
            : loss;
    }

    private static Value Mean(EncoderRun run, Value hidden, LanguageHead head, int[] targets) =>
        run.Pass.CrossEntropy(hidden, head, targets, Enumerable.Repeat(1f / targets.Length, targets.Length).ToArray());
}
