using Tessera.Evaluation.Metrics;
using Tessera.Models;
using Tessera.Models.Passes;
using Tessera.Models.State;
using Tessera.Tensors.Kernels;

namespace Tessera.Golden;

/// <summary>Sliding-window perplexity of a text under a real model in exact mode, window by window.</summary>
internal sealed class RealPerplexityReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Root.Has("model") && @case.Has("input") && @case.Input.Has("ids") && @case.Input.Has("stride") && @case.Input.Has("context") && @case.Expected.Has("windows");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var expected = @case.Expected;
        var model = GoldenModels.Real<LanguageModel>(@case.File, @case.File.Root["model"].AsString());
        var relative = new Tolerance(0, @case.File.Tolerance("perplexity_relative"));
        using var scorer = new TokenScorer(model, new PassOptions { Arithmetic = Arithmetic.Exact }, SequenceOptions.Exact);
        var windows = SlidingPerplexity.Windows(scorer, @case.Input["ids"].AsInts(), @case.Input["context"].AsInt(), @case.Input["stride"].AsInt(), cancellationToken).ToList();

        var wanted = expected["windows"].Items.ToList();
        check.That(wanted.Count == windows.Count, "expected.windows", $"{wanted.Count} windows", $"{windows.Count}");
        foreach (var (window, own) in wanted.Zip(windows))
        {
            check.Equal(window["begin"], own.Start);
            check.Equal(window["end"], own.End);
            check.Equal(window["scored"], own.Scored);
            check.Close(window["nll"], own.NegativeLogLikelihood, relative);
            check.Close(window["mean_loss"], own.NegativeLogLikelihood / own.Scored, relative);
        }

        check.Close(expected["nll"], windows.Sum(static w => w.NegativeLogLikelihood), relative);
        check.Equal(expected["tokens_scored"], windows.Sum(static w => w.Scored));
        check.Close(expected["perplexity"], SlidingPerplexity.Of(windows), relative);

        // The recipe in transformers' documentation weights windows after the first by one token too few.
        if (expected.Find("perplexity_by_the_recipe_in_the_transformers_documentation") is { } recipe)
        {
            var weighted = windows.Select(static (w, i) => (Tokens: i == 0 ? w.Scored : w.Scored - 1, Mean: w.NegativeLogLikelihood / w.Scored)).ToList();
            check.Close(recipe, Math.Exp(weighted.Sum(static w => w.Tokens * w.Mean) / weighted.Sum(static w => w.Tokens)), relative);
        }
    }
}
