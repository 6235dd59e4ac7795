using Tessera.Learning.Optimisers;
using Tessera.Models;
using Tessera.Models.Adapters;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;

namespace Tessera.Golden;

/// <summary>
/// A LoRA adapter on a frozen model: read as it was saved before training, trained on given batches; loss and norm of each step, the gradients of the
/// first; and the logits under the adapter as saved before and after.
/// </summary>
internal sealed class AdapterTrainingReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("adapter") && @case.Has("base") && @case.Has("input") && @case.Input.Has("batches") && @case.Expected.Has("grad_norm_before_clipping")
        && GoldenModels.IsKnownFolder(file, @case.Value["base"].AsString());

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, input, expected) = (@case.File, @case.Input, @case.Expected);
        var folder = Above(file, @case.Value["adapter"].AsString());
        var opened = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories);
        foreach (var path in opened) file.Directory.MarkOpened(path);
        using var model = GoldenModels.ForTraining<LanguageModel>(file, GoldenModels.NamedFolder(file, @case.Value["base"].AsString()));
        var adapter = AdapterFolder.Load(Path.Combine(folder, "initial"));
        var parameters = adapter.Maps.OrderBy(static m => m.Key, StringComparer.Ordinal).SelectMany(static m => new[] { m.Value.A, m.Value.B }).ToList();
        foreach (var parameter in parameters) parameter.Train();
        check.Equal(expected["trainable"], parameters.Sum(static p => p.Tensor.Count));
        SavedLogits(check, file, model, input["batches"][0], folder, cancellationToken);
        Train(@case, check, model, adapter, parameters, GoldenTensors.Open(Path.Combine(folder, "first_gradients.safetensors")), cancellationToken);
        expected.Find("files")?.Waive("names the files of the folder");
    }

    private static void Train(
        GoldenCase @case, GoldenCheck check, LanguageModel model, Adapter adapter, List<Parameter> parameters, GoldenTensors firstGradients, CancellationToken cancellation)
    {
        var (file, input, expected) = (@case.File, @case.Input, @case.Expected);
        using var optimiser = new AdamW(parameters, new AdamWOptions
        {
            Beta1 = (float)input["betas"][0].AsDouble(), Beta2 = (float)input["betas"][1].AsDouble(), Epsilon = (float)input["eps"].AsDouble(), WeightDecay = (float)input["weight_decay"].AsDouble(),
        });
        using var tape = new Tape();
        var options = SequenceOptions.Exact with { Adapter = adapter };
        var (losses, norms) = (expected["loss"].AsDoubles(), expected["grad_norm_before_clipping"].AsDoubles());
        var (first, last) = (new Tolerance(file.Tolerance("first loss")), new Tolerance(TrainingRunReader.LastLossTolerance(file)));
        for (var step = 0; step < losses.Length; step++)
        {
            optimiser.ClearGradients();
            var (loss, _) = DecoderLoss.Run(model, input["batches"][step], tape, cancellation, options: options);
            check.Close($"expected.loss[{step}]", losses[step], loss, step == 0 ? first : last);
            if (step == 0) CompareGradients(check, file, adapter, firstGradients);
            // The norm is as near as the losses are: both follow from the same weights.
            check.Close($"expected.grad_norm_before_clipping[{step}]", norms[step], GradientClipping.ByNorm(parameters, input["max_grad_norm"].AsDouble()), step == 0 ? first with { Relative = 1e-4 } : last with { Relative = 1e-2 });
            optimiser.Update(input["lr"].AsDouble());
        }
    }

    private static void CompareGradients(GoldenCheck check, GoldenFile file, Adapter adapter, GoldenTensors wanted)
    {
        var tolerance = new Tolerance(file.Tolerance("first gradients"));
        foreach (var (name, low) in adapter.Maps)
        {
            var module = "base_model.model." + name[..^".weight".Length];
            foreach (var (factor, key) in new[] { (low.A, "lora_A"), (low.B, "lora_B") })
                check.Tensor($"first_gradients:{name}.{key}", wanted[$"{module}.{key}.default.weight"], factor.Gradient, tolerance);
        }
    }

    private static void SavedLogits(GoldenCheck check, GoldenFile file, LanguageModel model, GoldenValue batch, string folder, CancellationToken cancellation)
    {
        var sequences = ProbeRows.FromBatch(batch, out var keptRows);
        var wanted = GoldenTensors.Open(Path.Combine(folder, "logits.safetensors"));
        foreach (var (saved, key) in new[] { ("initial", "before"), ("final", "after"), ("final", "merged") })
        {
            var options = SequenceOptions.Exact with { Adapter = AdapterFolder.Load(Path.Combine(folder, saved)) };
            var tolerance = key == "merged" ? new Tolerance(file.Tolerance("merged logits")) : new Tolerance(2e-5); // 2e-5: as for logits elsewhere in the family
            ModelChecks.Rows(check, $"logits:{key}", wanted[key], DecoderProbe.Logits(model, sequences, options, cancellation: cancellation), keptRows, tolerance);
        }
    }

    private static string Above(GoldenFile file, string name)
    {
        for (var folder = file.Folder; folder.Length >= file.Directory.Root.Length; folder = Path.GetDirectoryName(folder)!)
        {
            if (Directory.Exists(Path.Combine(folder, name))) return Path.Combine(folder, name);
        }

        throw new NotCoveredException($"there is no folder {name}");
    }
}
