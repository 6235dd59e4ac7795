using Tessera.Insight.Detection;
using Tessera.Models;
using Tessera.Models.Modules;

namespace Tessera.Golden;

/// <summary>What the readers of detectors share: logits from a table or a model, statistics of them, and a model of fewer layers.</summary>
internal static class DetectionCases
{
    /// <summary>The statistics of every token but the first from rows of logits.</summary>
    public static TokenStatistics[] Statistics(ReadOnlySpan<float> logits, ReadOnlySpan<int> ids)
    {
        var width = logits.Length / ids.Length;
        var statistics = new TokenStatistics[ids.Length - 1];
        for (var i = 0; i < statistics.Length; i++) statistics[i] = TokenStatistics.Compute(logits.Slice(i * width, width), ids[i + 1], default, i + 1);
        return statistics;
    }

    /// <summary>The logits of every token of a text in exact mode.</summary>
    public static float[] Logits(LanguageModel model, int[] ids, CancellationToken cancellation) => DecoderProbe.Logits(model, [new ProbeRows(ids)], null, null, cancellation);

    /// <summary>The real model of a case's kind.</summary>
    public static LanguageModel Model(GoldenCase @case) => GoldenModels.Real<LanguageModel>(@case.File, @case.Kind ?? "smollm2");

    /// <summary>The same weights with the first layers only, then the final norm and the head.</summary>
    public static LanguageModel Cut(LanguageModel model, int layers)
    {
        var stack = model.Stack;
        return new LanguageModel(
            model.Source,
            new Stack { Config = stack.Config, Embedding = stack.Embedding, Blocks = [.. stack.Blocks.Take(layers)], FinalNorm = stack.FinalNorm, Parameters = stack.Parameters },
            model.Head);
    }

    /// <summary>Evidence of nothing but statistics.</summary>
    public static DetectionEvidence Evidence(IReadOnlyList<TokenStatistics> statistics) => new() { Statistics = statistics };
}
