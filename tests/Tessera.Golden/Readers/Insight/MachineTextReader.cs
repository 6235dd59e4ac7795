using Tessera.Insight.Detection;
using Tessera.Models;

namespace Tessera.Golden;

/// <summary>Detectors of machine text on stored logits of one or two models, and on a real model with a cut copy of itself in exact mode.</summary>
internal sealed class MachineTextReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Kind is "logits" or "smollm2" or "fastDetectGptOnly" && @case.Has("input") && @case.Input.Has("ids")
        && (@case.Expected.Has("scores") || @case.Expected.Has("fastDetectGptTwoModels"));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var ids = input["ids"].AsInts();
        var real = @case.Kind == "smollm2";
        var tolerance = Tolerance.AbsoluteOrRelative(@case.File.Tolerance(real ? "smollm2.scores" : "tables.scores"));
        var (performer, observer) = real ? OfModel(@case, ids, cancellationToken) : (input["scoreLogits"].AsTensor().ToSingles(), input["referenceLogits"].AsTensor().ToSingles());
        var two = TwoModelStatistics.Of(observer, performer, ids);
        if (@case.Kind == "fastDetectGptOnly")
        {
            check.Close(expected["fastDetectGptTwoModels"], Two(two), tolerance);
            check.Close(expected["fastDetectGptSwapped"], Two(TwoModelStatistics.Of(performer, observer, ids)), tolerance);
            return;
        }

        var statistics = DetectionCases.Statistics(performer, ids);
        Scores(expected["scores"], check, statistics, two, @case.File, tolerance);
        var pad = input.Find("padId")?.AsInt() ?? -1;
        foreach (var (name, value) in expected["scores"].Properties.Where(static p => p.Key.StartsWith("binoculars", StringComparison.Ordinal)))
        {
            // In the first of the two, the whole model observes and the cut one performs.
            var pair = name == "binocularsObserverFullPerformerCut" ? TwoModelStatistics.Of(performer, observer, ids) : two;
            PairScores(value, check, pair, name == "binocularsAligned", pad, tolerance);
        }

        Bands(expected["gltr"], check, statistics, real ? new Tolerance(0, @case.File.Tolerance("smollm2.perToken.logprob")) : Tolerance.AbsoluteOrRelative(@case.File.Tolerance("tables.perToken")));
        if (real) PerToken(expected["perToken"], check, performer, ids, @case.File);
    }

    private static (float[] Performer, float[] Observer) OfModel(GoldenCase @case, int[] ids, CancellationToken cancellation)
    {
        var model = DetectionCases.Model(@case);
        return (DetectionCases.Logits(model, ids, cancellation), DetectionCases.Logits(DetectionCases.Cut(model, @case.Input["secondModelLayers"].AsInt()), ids, cancellation));
    }

    private static void Scores(GoldenValue scores, GoldenCheck check, TokenStatistics[] statistics, TwoModelStatistics two, GoldenFile file, Tolerance tolerance)
    {
        var evidence = DetectionCases.Evidence(statistics);
        double Of(ITextDetector detector) => detector.Score(evidence)!.Value;
        check.Close(scores["likelihood"], Of(new LikelihoodDetector()), tolerance);
        check.Close(scores["entropy"], -Of(new GltrDetector(GltrStatistic.Entropy)), tolerance); // published with the sign +
        check.Close(scores["rank"], Of(new GltrDetector(GltrStatistic.Rank)), statistics.Max(static t => t.Rank) > 100 ? new Tolerance(0, 0.01) : tolerance); // ranks above 100: the file's 1 %
        check.Close(scores["logrank"], Of(new GltrDetector(GltrStatistic.LogRank)), tolerance);
        check.Close(scores["lrr"], Of(new LogRankRatio()), tolerance);
        check.Close(scores["fastDetectGptSameModel"], Of(new FastDetectGpt()), tolerance);
        check.Close(scores["fastDetectGptTwoModels"], Two(two), tolerance);
    }

    internal static void PairScores(GoldenValue expected, GoldenCheck check, TwoModelStatistics two, bool aligned, int pad, Tolerance tolerance)
    {
        var (mean, median) = (new Binoculars(aligned, padId: pad), new Binoculars(aligned, median: true, padId: pad));
        check.Close(expected["logPPL"], mean.LogPerplexity(two), tolerance);
        check.Close(expected["logXPPL"], mean.CrossEntropy(two), tolerance);
        check.Close(expected["score"], -mean.Score(DetectionCases.Evidence(two.Performer) with { TwoModels = two })!.Value, tolerance);
        if (expected.Find("logPPLmedian") is { } perplexity) check.Close(perplexity, median.LogPerplexity(two), tolerance);
        if (expected.Find("logXPPLmedian") is { } cross) check.Close(cross, median.CrossEntropy(two), tolerance);
    }

    private static void Bands(GoldenValue expected, GoldenCheck check, TokenStatistics[] statistics, Tolerance share)
    {
        check.SameIds(expected["buckets"], GltrDetector.Bands(statistics));
        check.Close(expected["fractionTop10"], new GltrDetector().Score(DetectionCases.Evidence(statistics))!.Value, new Tolerance(1e-12));
        check.Tensor(expected["probOverTop"], [.. statistics.Select(static t => GltrDetector.ShareOfBest(t))], share with { Absolute = Math.Max(share.Absolute, 1e-6) });
    }

    private static void PerToken(GoldenValue expected, GoldenCheck check, float[] logits, int[] ids, GoldenFile file)
    {
        var (all, reached) = (DetectionCases.Statistics(logits, ids), new int[ids.Length - 1]);
        var width = logits.Length / ids.Length;
        for (var i = 0; i < reached.Length; i++)
        {
            var row = logits.AsSpan(i * width, width);
            var own = row[ids[i + 1]];
            foreach (var logit in row) reached[i] += logit >= own ? 1 : 0;
        }

        var tolerance = Tolerance.AbsoluteOrRelative(file.Tolerance("smollm2.perToken.logprob"));
        void Numbers(string key, Func<TokenStatistics, double> number) => check.Tensor(expected[key], (ReadOnlySpan<double>)Array.ConvertAll(all, t => number(t)), tolerance);
        Numbers("logprob", static t => t.LogProbability);
        Numbers("entropy", static t => t.Entropy);
        Numbers("variance", static t => t.Varentropy);
        Numbers("maxLogprob", static t => t.MaxLogProbability);
        Numbers("topPMass", static t => t.TopPMass);
        Ranks(check, expected["rank"], Array.ConvertAll(all, static t => t.Rank));
        Ranks(check, expected["tiesOrHigher"], reached);
    }

    // The file's rule: equal up to rank 100, within 1 % behind it.
    private static void Ranks(GoldenCheck check, GoldenValue expected, int[] actual)
    {
        var wanted = expected.AsInts();
        check.That(wanted.Length == actual.Length, expected.Path, $"{wanted.Length} ranks", $"{actual.Length}");
        for (var i = 0; i < wanted.Length; i++) check.Close($"{expected.Path}[{i}]", wanted[i], actual[i], wanted[i] <= 100 ? Tolerance.Exact : new Tolerance(0, 0.01));
    }

    private static double Two(TwoModelStatistics two) => new FastDetectGpt(twoModels: true).Score(DetectionCases.Evidence(two.Performer) with { TwoModels = two })!.Value;
}
