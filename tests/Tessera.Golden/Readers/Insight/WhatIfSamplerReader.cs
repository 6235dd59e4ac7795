using Tessera.Generation;

namespace Tessera.Golden;

/// <summary>The token lens's what-if: other sampler settings on one stored row.</summary>
internal sealed class WhatIfSamplerReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => @case.Kind == "whatIf" && @case.Has("input") && @case.Input.Has("logits");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var row = @case.Input["logits"].AsFloats();
        foreach (var setting in @case.Expected.Items)
        {
            double Number(string key, double otherwise) => setting[key] is { IsNull: false } value ? value.AsDouble() : otherwise;
            var chain = SamplerChain.Create(new SamplingOptions
            {
                Temperature = Number("temperature", 1),
                TopK = (int)Number("topK", 0),
                TopP = Number("topP", 1),
                MinP = Number("minP", 0),
            });
            var candidates = chain.Apply(row, new StageContext([], 0));
            var logNormaliser = candidates.LogNormaliser();
            var probabilities = new double[row.Length];
            for (var i = 0; i < candidates.Count; i++)
                probabilities[candidates.Ids[i]] = Math.Exp(candidates.Logits[i] - logNormaliser);
            check.Equal(setting["kept"], candidates.Count);
            check.Tensor(setting["probabilities"], (ReadOnlySpan<double>)probabilities, new Tolerance(1e-6)); // float32 exponentials
        }
    }
}
