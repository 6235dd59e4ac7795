using Tessera.Learning.Optimisers;
using Tessera.Models;
using Tessera.Tensors.Autodiff;

namespace Tessera.Golden;

/// <summary>Fine-tuning of an encoder on given batches at given learning rates: loss and norm of every step, gradients of the first, weights after the last.</summary>
internal sealed class EncoderFineTuningReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Input.Has("task") && @case.Input.Has("optimiser") && @case.Input.Has("steps") && @case.Expected.Has("gradient_norms_before_clipping")
        && @case.Input.Find("directory") is { } directory && GoldenModels.IsKnownFolder(file, directory.AsString());

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, input, expected) = (@case.File, @case.Input, @case.Expected);
        var settings = input["optimiser"];
        if (settings["kind"].AsString() != "AdamW" || !settings["frozen"].IsNull) throw new NotCoveredException("another optimiser, or frozen weights");
        using var model = GoldenModels.ForTraining<EncoderModel>(file, GoldenModels.NamedFolder(file, input["directory"].AsString()));
        Gradients.Prepare(model);
        var parameters = model.Parameters.Values.OrderBy(static p => p.Name, StringComparer.Ordinal).ToList();
        using var optimiser = new AdamW(parameters, new AdamWOptions
        {
            Beta1 = (float)settings["beta1"].AsDouble(), Beta2 = (float)settings["beta2"].AsDouble(), Epsilon = (float)settings["epsilon"].AsDouble(),
            WeightDecay = (float)settings["weight_decay"].AsDouble(),
        });
        using var tape = new Tape();
        var tensors = expected["tensors"].AsTensorFile();
        var (losses, norms) = (expected["losses"].AsDoubles(), expected["gradient_norms_before_clipping"].AsDoubles());
        var byStep = file.ToleranceNumbers("losses");
        var rates = 0.0;
        for (var step = 0; step < losses.Length; step++)
        {
            var batch = input["steps"][step];
            optimiser.ClearGradients();
            // The file allows 1e-5 in the first steps and 1e-3 by the last: the rounding of a step grows with those behind it.
            var tolerance = new Tolerance(0, step == 0 ? byStep[0] : byStep[^1]);
            check.Close($"expected.losses[{step}]", losses[step], Loss(model, batch, tape, cancellationToken), tolerance);
            if (step == 0) Compare(check, model, tensors, "gradient_step_0.", static p => p.Gradient, new Tolerance(1e-7, RelativeToLargest: file.Tolerance("gradients")));
            check.Close($"expected.gradient_norms_before_clipping[{step}]", norms[step], GradientClipping.ByNorm(parameters, settings["clip_global_norm"].AsDouble()), new Tolerance(0, 1e-3));
            var rate = batch["learning_rate"].AsDouble();
            rates += rate;
            optimiser.Update(rate);
        }

        var final = file.Tolerance("final");
        Compare(check, model, tensors, "final.", static p => p.Tensor.Values, new Tolerance(final), name => name.EndsWith(".key.bias", StringComparison.Ordinal) ? new Tolerance(2 * rates) : null);
    }

    private static double Loss(EncoderModel model, GoldenValue batch, Tape tape, CancellationToken cancellation)
    {
        var sequences = EncoderStatesReader.FromBatch(batch, out var keptRows);
        using var run = new EncoderRun(model, sequences, null, null, cancellation, tape);
        var loss = EncoderLossReader.OfTokens(model, run, [.. batch["labels"].AsIntRows().SelectMany(static row => row)], keptRows);
        tape.Backward(loss);
        return loss.Span[0];
    }

    private delegate ReadOnlySpan<float> ValuesOf(Parameter parameter);

    private static void Compare(
        GoldenCheck check, EncoderModel model, GoldenTensors wanted, string prefix, ValuesOf values, Tolerance tolerance, Func<string, Tolerance?>? special = null)
    {
        foreach (var name in wanted.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var own = name[prefix.Length..];
            if (!model.Parameters.TryGetValue(own, out var parameter)) check.Fail($"expected.tensors:{name}", "a parameter of this name", "none");
            else check.Tensor($"expected.tensors:{name}", wanted[name], values(parameter), special?.Invoke(own) ?? tolerance);
        }
    }
}
