using Tessera.Models;
using Tessera.Tensors.Autodiff;

namespace Tessera.Golden;

/// <summary>
/// Gradient accumulation with a global count of tokens: four batches of two give the loss and gradients of one batch of eight. What the
/// usual mistake gives, a mean of the batches' means, is checked as well, so that the case can tell the two apart.
/// </summary>
internal sealed class AccumulationReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("model") && @case.Has("expected") && @case.Expected.Has("loss_accumulated") && @case.Expected.Has("valid_tokens") && GoldenModels.IsKnownFolder(file, @case.Value["model"].AsString());

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var expected = @case.Expected;
        var folder = GoldenModels.NamedFolder(@case.File, @case.Value["model"].AsString());
        using var model = GoldenModels.ForTraining<LanguageModel>(@case.File, folder);
        using var tape = new Tape();
        var wanted = expected["gradients"].AsTensorFile();
        var (ofLoss, ofGradients) = (new Tolerance(@case.File.Tolerance("loss")), new Tolerance(@case.File.Tolerance("gradients")));

        Gradients.Prepare(model);
        var (whole, tokens) = DecoderLoss.Run(model, @case.Input, tape, cancellationToken);
        check.Equal(expected["valid_tokens"], tokens);
        check.Close(expected["loss"], whole, ofLoss);
        Gradients.Compare(check, model, "one batch", wanted, ofGradients);

        var sequences = ProbeRows.FromBatch(@case.Input, out var keptRows);
        var targets = @case.Input["labels"].AsIntRows().SelectMany(static row => row.Skip(1).Append(-100)).ToArray();
        check.Close(expected["loss_accumulated"], Accumulate(1f / tokens).Sum(static m => m.Loss), ofLoss);
        Gradients.Compare(check, model, "four batches", wanted, ofGradients);

        var right = model.Parameters.ToDictionary(static p => p.Key, static p => p.Value.Gradient.ToArray());
        var means = Accumulate(null);
        check.Close(expected["wrong_mean_of_means_loss"], means.Average(static m => m.Loss), ofLoss);
        var difference = model.Parameters.Max(p => p.Value.Gradient.ToArray().Zip(right[p.Key], (g, r) => Math.Abs(g / (double)means.Count - r)).Max());
        check.Close(expected["wrong_mean_of_means_max_gradient_difference"], difference, ofGradients);

        // Two rows at a time; a weight per token, or each batch's own mean.
        List<(double Loss, int Tokens)> Accumulate(float? weight)
        {
            Gradients.Prepare(model);
            var micro = new List<(double, int)>();
            var row = 0;
            for (var first = 0; first < sequences.Count; first += 2)
            {
                var two = sequences.GetRange(first, Math.Min(2, sequences.Count - first));
                var count = two.Sum(static s => s.Ids.Length);
                var loss = DecoderLoss.Run(model, two, keptRows.GetRange(row, count), targets, tape, weight, cancellationToken, out var predicted);
                micro.Add((loss, predicted));
                row += count;
            }

            return micro;
        }
    }
}
