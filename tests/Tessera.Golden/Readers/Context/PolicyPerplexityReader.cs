using Tessera.Context.Policies;
using Tessera.Evaluation.Metrics;
using Tessera.Models;
using Tessera.Models.Attention;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Kernels;

namespace Tessera.Golden;

/// <summary>A real model's surprise at every token of a text under a policy: a prompt is read at once, then each token is scored and fed.</summary>
internal sealed class PolicyPerplexityReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Root.Has("model") && file.Root.Has("ids") && file.Root.Has("prefill") && @case.Has("input") && @case.Input.Has("policy") && @case.Has("expected") && @case.Expected.Has("nll");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var file = @case.File;
        var policy = Policy(@case.Input["policy"]);
        var model = GoldenModels.Real<LanguageModel>(file, file.Root["model"].AsString());
        using var scorer = new TokenScorer(model, new PassOptions { Arithmetic = Arithmetic.Exact }, SequenceOptions.Exact with { Policy = () => policy });
        var scored = scorer.Score(file.Root["ids"].AsInts(), file.Root["prefill"].AsInt(), cancellation: cancellationToken);
        check.Tensor(@case.Expected["nll"], scored.Statistics.Select(s => -(double)s.LogProbability).ToArray(), new Tolerance(file.Tolerance("nll")));
        check.Close(@case.Expected["perplexity"], scored.Perplexity, new Tolerance(0, file.Tolerance("perplexity relative")));
        if (policy is EvictionPolicy { Budget.IsWhole: false } dropping)
            check.That(scorer.CacheUse.MostKept == dropping.Budget.Value, "slots", $"{dropping.Budget.Value}", $"{scorer.CacheUse.MostKept}");
    }

    private static IAttentionPolicy Policy(GoldenValue policy) => policy["name"].AsString() switch
    {
        "full" => new Tova(1),
        "h2o" => HeavyHitterReader.Policy(policy["heavy"].AsInt(), policy["recent"].AsInt(), policy.Find("positions")?.AsString()),
        "tova" => new Tova(policy["size"].AsInt()),
        "window" => new StreamingLlm(policy["start"].AsInt() + policy["recent"].AsInt(), policy["start"].AsInt(), CachePositions.Keep),
        var name => throw new NotCoveredException($"no policy \"{name}\" is known"),
    };
}
