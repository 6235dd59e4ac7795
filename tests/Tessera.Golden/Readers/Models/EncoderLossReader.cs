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
            return Mean(run, run.Classifier.Features(run.Pass, run.ClassRows), new LanguageHead(run.Classifier.Output), input["labels"].AsInts());

        var loss = OfTokens(model, run, [.. input["labels"].AsIntRows().SelectMany(static row => row)], keptRows);
        return input.Find("next_sentence_label") is { } next
            ? run.Pass.Add(loss, Mean(run, run.PooledValue(), new LanguageHead(model.Heads.NextSentence!), next.AsInts()), 1)
            : loss;
    }

    /// <summary>The mean cross-entropy of tokens' classes, or of masked tokens, over labels other than −100.</summary>
    internal static Value OfTokens(EncoderModel model, EncoderRun run, int[] labels, List<int> keptRows)
    {
        var chosen = keptRows.Select((row, i) => (Row: i, Target: labels[row])).Where(static r => r.Target != -100).ToArray();
        int[] targets = [.. chosen.Select(static c => c.Target)];
        var pass = run.Pass;
        var rows = pass.Select(run.Output, [.. chosen.Select(static c => c.Row)]);
        if (model.Heads.Classifier is { OfTokens: true } classifier) return Mean(run, classifier.Features(pass, rows), new LanguageHead(classifier.Output), targets);
        var head = model.Heads.Masked ?? throw new NotCoveredException("a loss of one logit a token");
        return Mean(run, pass.Norm(pass.Activate(pass.Linear(rows, head.Transform), head.Activation), head.Norm), new LanguageHead(head.Decoder), targets);
    }

    private static Value Mean(EncoderRun run, Value hidden, LanguageHead head, int[] targets) =>
        run.Pass.CrossEntropy(hidden, head, targets, Enumerable.Repeat(1f / targets.Length, targets.Length).ToArray());
}
