using Tessera.Models;
using Tessera.Models.Hooks;

namespace Tessera.Golden;

/// <summary>The logit lens (nostalgebraist, 2020) on a model of tokens without text: what the head says of each layer's output.</summary>
internal sealed class LogitLensReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Kind == "lens" && file.Root.Has("model") && @case.Input.Has("ids") && @case.Expected.Kind == System.Text.Json.JsonValueKind.Array && @case.Expected.Count > 0 && @case.Expected[0].Has("klToFinal");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var model = HookCases.Model(@case);
        var ids = @case.Input["ids"].AsInts();
        var tolerance = new Tolerance(@case.File.Tolerance("all"));
        var final = DecoderProbe.Logits(model, [new ProbeRows(ids)], cancellation: cancellationToken);
        foreach (var layer in @case.Expected.Items)
        {
            var logits = LensRun.Logits(model, ids, layer["layer"].AsInt(), withNorm: true, cancellationToken);
            var top = layer["top3"].AsIntRows();
            var logProbabilities = layer["top3LogProb"].AsDoubleRows();
            var kl = layer["klToFinal"].AsDoubles();
            for (var row = 0; row < ids.Length; row++)
            {
                var own = logits.AsSpan(row * model.VocabularySize, model.VocabularySize);
                var end = final.AsSpan(row * model.VocabularySize, model.VocabularySize);
                var alternatives = new TokenAlternative[top[row].Length];
                TokenStatistics.Compute(own, 0, alternatives);
                for (var r = 0; r < alternatives.Length; r++)
                {
                    check.That(alternatives[r].Id == top[row][r], $"{layer.Path}.top3[{row}][{r}]", $"{top[row][r]}", $"{alternatives[r].Id}");
                    check.Close($"{layer.Path}.top3LogProb[{row}][{r}]", logProbabilities[row][r], alternatives[r].LogProbability, tolerance);
                }

                check.Close($"{layer.Path}.klToFinal[{row}]", kl[row], LensRun.Divergence(end, own), tolerance);
            }
        }
    }
}
