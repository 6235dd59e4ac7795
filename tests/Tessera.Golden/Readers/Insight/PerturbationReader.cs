using Tessera.Insight.Detection;

namespace Tessera.Golden;

/// <summary>DetectGPT, NPR and DNA-GPT: a text against altered or regenerated versions of it, from stored means or on a real model in exact mode.</summary>
internal sealed class PerturbationReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Kind is "perturbation" or "perturbedTexts" or "dnaGpt" && @case.Has("input")
        && (@case.Input.Has("perturbedLikelihoods") || @case.Input.Has("perturbed") || @case.Input.Has("regenerations"));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        if (@case.Kind == "perturbation")
        {
            Arithmetic(
                expected, check, input["originalLikelihood"].AsDouble(), input["perturbedLikelihoods"].AsDoubles(), input["originalLogRank"].AsDouble(), input["perturbedLogRanks"].AsDoubles(),
                Tolerance.AbsoluteOrRelative(@case.File.Tolerance("tables.perToken")));
            return;
        }

        var tolerance = Tolerance.AbsoluteOrRelative(@case.File.Tolerance("smollm2.scores"));
        var tokenizer = TokenizerFiles.Load(@case.File, Path.Combine(@case.File.Directory.RealModel("smollm2"), "tokenizer.json"));
        var model = GoldenModels.Real<Tessera.Models.LanguageModel>(@case.File, "smollm2");
        DetectionEvidence Of(string text)
        {
            var ids = tokenizer.EncodeToIds(text, Tessera.Tokenizers.EncodeOptions.NoSpecials);
            return DetectionCases.Evidence(DetectionCases.Statistics(DetectionCases.Logits(model, ids, cancellationToken), ids));
        }

        var variants = (input.Find("perturbed") ?? input["regenerations"]).AsStrings().Select(text => Of(text!)).ToList();
        var evidence = Of(input["text"].AsString()) with { Variants = [.. variants.Select(static v => v.Statistics)] };
        double Likelihood(DetectionEvidence of) => new LikelihoodDetector().Score(of)!.Value;
        double LogRank(DetectionEvidence of) => -new GltrDetector(GltrStatistic.LogRank).Score(of)!.Value;
        if (@case.Kind == "dnaGpt")
        {
            check.Close(expected["logprob"], Likelihood(evidence), tolerance);
            check.Tensor(expected["regenerationLogprobs"], [.. variants.Select(Likelihood)], tolerance);
            check.Close(expected["wscore"], new DnaGpt().Score(evidence)!.Value, tolerance);
            return;
        }

        check.Close(expected["likelihood"], Likelihood(evidence), tolerance);
        check.Tensor(expected["perturbedLikelihoods"], [.. variants.Select(Likelihood)], tolerance);
        check.Close(expected["logRank"], LogRank(evidence), tolerance);
        check.Tensor(expected["perturbedLogRanks"], [.. variants.Select(LogRank)], tolerance);
        check.Close(expected["npr"], new NormalisedPerturbedRank().Score(evidence)!.Value, tolerance);
        check.Close(expected["d"], new DetectGpt(normalised: false).Score(evidence)!.Value, tolerance);

        // Divided by a small deviation: the error of a score weighs by one over it.
        var deviation = DetectGpt.Deviation([.. variants.Select(Likelihood)]);
        check.Close(expected["z"], new DetectGpt().Score(evidence)!.Value, new Tolerance(tolerance.Absolute / Math.Min(1, deviation), tolerance.Relative));
    }

    private static void Arithmetic(GoldenValue expected, GoldenCheck check, double likelihood, double[] likelihoods, double logRank, double[] logRanks, Tolerance tolerance)
    {
        check.Close(expected["d"], new DetectGpt(normalised: false).Discrepancy(likelihood, likelihoods), tolerance);
        check.Close(expected["z"], new DetectGpt().Discrepancy(likelihood, likelihoods), tolerance);
        check.Close(expected["std"], DetectGpt.Deviation(likelihoods), tolerance);
        check.Close(expected["npr"], NormalisedPerturbedRank.Ratio(logRank, logRanks), tolerance);
    }
}
