using System.Text.Json;
using Tessera.Learning.Optimisers;
using Tessera.Models;
using Tessera.Models.Adapters;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;

namespace Tessera.Golden;

/// <summary>
/// A LoRA adapter on a frozen model: read as it was saved before training, trained on given batches; loss and norm of each step, the gradients of the
/// first, log-probabilities before it; and the logits under the adapter as saved before and after.
/// </summary>
internal sealed class AdapterTrainingReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("adapter") && @case.Has("input") && @case.Input.Has("steps") && @case.Expected.Has("grad_norm_before_clipping")
        && (@case.Input.Has("batches") ? @case.Has("base") && GoldenModels.IsKnownFolder(file, @case.Value["base"].AsString()) : @case.Input.Has("labels"));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, input, expected) = (@case.File, @case.Input, @case.Expected);
        var folder = Above(file, @case.Value["adapter"].AsString());
        var opened = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories);
        foreach (var path in opened) file.Directory.MarkOpened(path);
        using var model = @case.Value.Find("base") is { } name ? GoldenModels.ForTraining<LanguageModel>(file, GoldenModels.NamedFolder(file, name.AsString())) : Real(file);
        var adapter = AdapterFolder.Load(Path.Combine(folder, "initial"));
        var parameters = adapter.Maps.OrderBy(static m => m.Key, StringComparer.Ordinal).SelectMany(static m => new[] { m.Value.A, m.Value.B }).ToList();
        foreach (var parameter in parameters) parameter.Train();
        if (expected.Find("trainable") is { } trainable) check.Equal(trainable, parameters.Sum(static p => p.Tensor.Count));
        if (expected.Find("first_step_token_logps") is { } logps) TokenLogProbabilities(check, model, logps, input, adapter, cancellationToken);
        if (File.Exists(Path.Combine(folder, "logits.safetensors"))) SavedLogits(check, file, model, input["batches"][0], folder, cancellationToken);
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
        for (var step = 0; step < losses.Count(); step++)
        {
            var batch = input.Has("batches") ? input["batches"][step] : input;
            optimiser.ClearGradients();
            var (loss, tokens) = DecoderLoss.Run(model, batch, tape, cancellation, options: options);
            check.Close($"expected.loss[{step}]", losses[step], loss, step == 0 ? first : last);
            if (step == 0 && expected.Find("valid_tokens") is { } valid) check.Equal(valid, tokens);
            if (step == 0) CompareGradients(check, file, adapter, firstGradients);
            // The norm is as near as the losses are: both follow from the same weights.
            check.Close($"expected.grad_norm_before_clipping[{step}]", norms[step], GradientClipping.ByNorm(parameters, input["max_grad_norm"].AsDouble()), step == 0 ? first with { Relative = 1e-4 } : last with { Relative = 1e-2 });
            optimiser.Update(input["lr"].AsDouble());
        }
    }

    private static void CompareGradients(GoldenCheck check, GoldenFile file, Adapter adapter, GoldenTensors wanted)
    {
        var number = file.Tolerance("first gradients");
        var tolerance = file.Root["tolerance"]["first gradients"] is { Kind: JsonValueKind.String } ? new Tolerance(0, RelativeToLargest: number) : new Tolerance(number);
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
            ModelChecks.Rows(check, $"logits:{key}", wanted[key], DecoderProbe.Logits(model, sequences, cancellation: cancellation, options: options), keptRows, tolerance);
        }
    }

    private static void TokenLogProbabilities(GoldenCheck check, LanguageModel model, GoldenValue expected, GoldenValue input, Adapter adapter, CancellationToken cancellation)
    {
        var (ids, labels) = (input["input_ids"].AsIntRows().ToArray(), input["labels"].AsIntRows().ToArray());
        for (var row = 0; row < ids.Length; row++)
        {
            var logits = DecoderProbe.Logits(model, [new ProbeRows(ids[row])], cancellation: cancellation, options: SequenceOptions.Exact with { Adapter = adapter });
            var wanted = expected[row].AsDoubles().ToArray();
            var at = 0;
            for (var t = 1; t < ids[row].Length; t++)
            {
                if (labels[row][t] == -100) continue;
                var statistics = Models.TokenStatistics.Compute(logits.AsSpan((t - 1) * model.VocabularySize, model.VocabularySize), labels[row][t]);
                check.Close($"{expected.Path}[{row}][{at}]", wanted[at++], statistics.LogProbability, new Tolerance(2e-4)); // ten times what the mean is allowed
            }
        }
    }

    private static LanguageModel Real(GoldenFile file)
    {
        var folder = file.Directory.RealModel("SmolLM2-135M-Instruct");
        return (LanguageModel)Model.Load(Directory.EnumerateFiles(folder, "*.gguf").Order(StringComparer.Ordinal).First(), new ModelLoadOptions { ForTraining = true });
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
