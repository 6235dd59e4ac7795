using Tessera.Learning.Optimisers;
using Tessera.Models;
using Tessera.Tensors.Autodiff;

namespace Tessera.Golden;

/// <summary>
/// A short training run: AdamW, clipping, warm-up and cosine on given batches. Loss, norm and learning rate of each step, the gradients of the
/// first, the logits before it, and the weights after the last.
/// </summary>
internal sealed class TrainingRunReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("model") && @case.Has("input") && @case.Input.Has("batches") && @case.Input.Has("steps") && @case.Input.Has("schedule") && @case.Expected.Has("grad_norm_before_clipping")
        && GoldenModels.IsKnownFolder(file, @case.Value["model"].AsString());

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, input, expected) = (@case.File, @case.Input, @case.Expected);
        var folder = GoldenModels.NamedFolder(file, @case.Value["model"].AsString());
        using var model = GoldenModels.ForTraining<Model>(file, folder);
        Gradients.Prepare(model);
        var steps = input["steps"].AsInt();
        var schedule = input["schedule"];
        check.That(schedule[0].AsString() == "cosine", "input.schedule", "cosine", schedule[0].AsString());
        var rates = new LearningRateSchedule { Peak = input["lr"].AsDouble(), WarmupSteps = schedule[1].AsInt(), TotalSteps = steps, WarmupFromZero = true };
        var parameters = model.Parameters.Values.OrderBy(static p => p.Name, StringComparer.Ordinal).ToList();
        using var optimiser = new AdamW(parameters, new AdamWOptions
        {
            Beta1 = (float)input["betas"][0].AsDouble(), Beta2 = (float)input["betas"][1].AsDouble(), Epsilon = (float)input["eps"].AsDouble(), WeightDecay = (float)input["weight_decay"].AsDouble(),
        });
        var decayed = parameters.Where(static p => p.Tensor.Shape.Length >= 2).Select(static p => p.Name);
        check.That(input["decayed_parameters"].AsStrings().Order(StringComparer.Ordinal).SequenceEqual(decayed), "input.decayed_parameters", "the matrices", string.Join(", ", decayed));

        using var tape = new Tape();
        var (losses, norms, expectedRates) = (expected["loss"].AsDoubles(), expected["grad_norm_before_clipping"].AsDoubles(), expected["lr"].AsDoubles());
        var (first, last) = (new Tolerance(file.Tolerance("first loss")), new Tolerance(LastLossTolerance(file)));
        for (var step = 0; step < steps; step++)
        {
            var batch = input["batches"][step];
            if (step == 0) InitialLogits(check, model, batch, expected["initial_logits"].AsTensorFile(folder)["logits"], cancellationToken);
            optimiser.ClearGradients();
            check.Close($"expected.loss[{step}]", losses[step], Loss(model, batch, tape, cancellationToken), step == 0 ? first : last);
            if (step == 0) Gradients.Compare(check, model, "expected.first_gradients", expected["first_gradients"].AsTensorFile(folder), new Tolerance(file.Tolerance("first gradients")));
            check.Close($"expected.grad_norm_before_clipping[{step}]", norms[step], GradientClipping.ByNorm(parameters, input["max_grad_norm"].AsDouble()), new Tolerance(0, file.Tolerance("grad_norm")));
            check.Close($"expected.lr[{step}]", expectedRates[step], rates.At(step), new Tolerance(1e-15)); // as the file of schedules has it
            optimiser.Update(rates.At(step));
        }

        FinalWeights(check, model, expected["final"].AsTensorFile(folder), new Tolerance(file.Tolerance("final weights")), [.. @case.Value["sensitivity"]["parameters_that_differ_by_more_than_1e_4"].AsStrings()]);
    }

    private static double Loss(Model model, GoldenValue batch, Tape tape, CancellationToken cancellation)
    {
        if (model is LanguageModel decoder) return DecoderLoss.Run(decoder, batch, tape, cancellation).Loss;
        var encoder = (EncoderModel)model;
        var sequences = ProbeRows.FromBatch(batch, out var keptRows);
        using var run = new EncoderRun(encoder, sequences, null, null, cancellation, tape);
        var loss = EncoderLossReader.Loss(encoder, run, batch, keptRows);
        tape.Backward(loss);
        return loss.Span[0];
    }

    private static void InitialLogits(GoldenCheck check, Model model, GoldenValue batch, GoldenTensor expected, CancellationToken cancellation)
    {
        var sequences = ProbeRows.FromBatch(batch, out var keptRows);
        float[] logits;
        if (model is LanguageModel decoder)
        {
            logits = DecoderProbe.Logits(decoder, sequences, cancellation: cancellation);
        }
        else
        {
            using var run = new EncoderRun((EncoderModel)model, sequences, null, null, cancellation);
            logits = run.Masked();
        }

        // 2e-5: what the family allows logits of these models elsewhere (packed documents).
        ModelChecks.Rows(check, "expected.initial_logits", expected, logits, keptRows, new Tolerance(2e-5));
    }

    private static void FinalWeights(GoldenCheck check, Model model, GoldenTensors wanted, Tolerance tolerance, HashSet<string?> unstable)
    {
        foreach (var name in wanted.Names)
        {
            var tensor = wanted[name];
            if (!model.Parameters.TryGetValue(name, out var parameter)) check.Fail($"expected.final:{name}", "a parameter of this name", "none");
            else if (!unstable.Contains(name)) check.Tensor($"expected.final:{name}", tensor, Gradients.InShapeOf(tensor, parameter.Tensor.Shape.Span, parameter.Tensor.Values), tolerance);
        }
    }

    internal static double LastLossTolerance(GoldenFile file)
    {
        var key = file.Root["tolerance"].Properties.Select(static p => p.Key).FirstOrDefault(static k => k.StartsWith("loss of step", StringComparison.Ordinal));
        return file.Tolerance(key ?? "loss of the last step");
    }
}
