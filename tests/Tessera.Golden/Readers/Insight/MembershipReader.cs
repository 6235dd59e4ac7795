using System.Globalization;
using Tessera.Insight.Detection;
using Tessera.Models;
using Tessera.Tokenizers;

namespace Tessera.Golden;

/// <summary>Scores of membership: Min-K%, Min-K%++, loss, zlib, lowercase, reference and DC-PDD, on stored logits and on a real model in exact mode.</summary>
internal sealed class MembershipReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Kind is "logits" or "smollm2" && @case.Has("input") && @case.Input.Has("ids") && @case.Expected.Has("MinKpp") && @case.Expected.Has("DcPddByLimit");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var ids = input["ids"].AsInts();
        var tolerance = Tolerance.AbsoluteOrRelative(@case.File.Tolerance(@case.Kind == "logits" ? "tables" : "smollm2"));
        DetectionEvidence evidence;
        if (@case.Kind == "logits")
        {
            var logits = input["logits"].AsTensor().ToSingles();
            evidence = DetectionCases.Evidence(DetectionCases.Statistics(logits, ids)) with { Frequencies = new TokenFrequencyTable(input["counts"].AsLongs()) };
        }
        else
        {
            evidence = OfModel(@case, check, ids, cancellationToken);
            OnModel(expected, check, evidence, tolerance);
            OtherRepository(expected["dcPddRepo"], check, evidence, input["text"].AsString(), Tokenizer(@case), tolerance);
        }

        Tokens(expected, check, evidence.Statistics, @case.Kind == "logits" ? tolerance : new Tolerance(0.005)); // single log-probabilities on a real model: the folder's README
        foreach (var (share, score) in expected["MinK"].Properties) Share(check, score, new MinKDetector(Number(share)), evidence, tolerance);
        foreach (var (share, score) in expected["MinKpp"].Properties) Share(check, score, new MinKPlusPlusDetector(Number(share)), evidence, tolerance);
        check.Close(expected["Loss"], new LossDetector().Score(evidence)!.Value, tolerance);
        foreach (var (limit, score) in expected["DcPddByLimit"].Properties) check.Close(score, new DivergenceCalibration(Number(limit)).Score(evidence)!.Value, tolerance);
        if (expected.Find("DcPddNoLimit") is { } unbounded) check.Close(unbounded, new DivergenceCalibration(double.PositiveInfinity).Score(evidence)!.Value, tolerance);
        var first = DivergenceCalibration.FirstPositions(evidence.Statistics);
        check.SameIds(expected["firstPositions"], [.. first]);
        check.Tensor(expected["alpha"], [.. first.Select(p => DivergenceCalibration.Term(evidence.Statistics[p], evidence.Frequencies!))], tolerance);
    }

    private static DetectionEvidence OfModel(GoldenCase @case, GoldenCheck check, int[] ids, CancellationToken cancellation)
    {
        var (file, input) = (@case.File, @case.Input);
        var model = DetectionCases.Model(@case);
        var tokenizer = Tokenizer(@case);
        var counter = new TokenFrequencyCounter(tokenizer);
        foreach (var document in file.Root["referenceCorpus"].AsStrings()) counter.Add(document!);
        var counted = counter.ToTable();
        foreach (var pair in file.Root["referenceCounts"].AsIntRows()) check.That(counted.Count(pair[0]) == pair[1], $"referenceCounts of {pair[0]}", $"{pair[1]}", $"{counted.Count(pair[0])}");
        check.That(counted.VocabularySize == file.Root["vocabularySize"].AsInt(), "vocabularySize", $"{file.Root["vocabularySize"].AsInt()}", $"{counted.VocabularySize}");

        var lower = input["lowercaseIds"].AsInts();
        check.SameIds(input["ids"], tokenizer.EncodeToIds(input["text"].AsString(), EncodeOptions.NoSpecials));
        check.SameIds(input["lowercaseIds"], tokenizer.EncodeToIds(input["text"].AsString().ToLowerInvariant(), EncodeOptions.NoSpecials));
        TokenStatistics[] Of(LanguageModel scorer, int[] tokens) => DetectionCases.Statistics(DetectionCases.Logits(scorer, tokens, cancellation), tokens);
        return new DetectionEvidence
        {
            Statistics = Of(model, ids), Lowercase = Of(model, lower), Reference = Of(DetectionCases.Cut(model, input["secondModelLayers"].AsInt()), ids),
            CompressedBytes = input["zlibBytes"].AsInt(), Frequencies = counted,
        };
    }

    private static void OnModel(GoldenValue expected, GoldenCheck check, DetectionEvidence evidence, Tolerance tolerance)
    {
        void Close(GoldenValue value, ITextDetector detector) => check.Close(value, detector.Score(evidence)!.Value, tolerance);
        Close(expected["Zlib"], new ZlibDetector());
        Close(expected["minkppRepo"]["ref"], new ReferenceDetector(difference: true));
        Close(expected["minkppRepo"]["lowercase"], new LowercaseDetector(inverse: true));
        check.Close(expected["lossLowercase"], new LossDetector().Score(DetectionCases.Evidence(evidence.Lowercase!))!.Value, tolerance);
        check.Close(expected["lossReference"], new LossDetector().Score(DetectionCases.Evidence(evidence.Reference!))!.Value, tolerance);

    }

    /// <summary>
    /// The other repository's numbers: it counts tokens and compresses after making every run of white space one space, takes so many of the
    /// text's own log-probabilities, and Min-K%'s share of all tokens, the first one included. It stores scores negated.
    /// </summary>
    private static void OtherRepository(GoldenValue own, GoldenCheck check, DetectionEvidence whole, string text, Tokenizer tokenizer, Tolerance tolerance)
    {
        var collapsed = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        var count = tokenizer.CountTokens(collapsed, EncodeOptions.NoSpecials);
        var evidence = whole with
        {
            Statistics = [.. whole.Statistics.Take(count)],
            Reference = [.. whole.Reference!.Take(count)],
            Lowercase = [.. whole.Lowercase!.Take(tokenizer.CountTokens(collapsed.ToLowerInvariant(), EncodeOptions.NoSpecials))],
            CompressedBytes = collapsed == text ? whole.CompressedBytes : ZlibDetector.CompressedBytes(System.Text.Encoding.UTF8.GetBytes(collapsed)),
        };
        var raw = own["officialRaw"];
        void Both(string name, string rawName, double score)
        {
            check.Close(own[name], score, tolerance);
            check.Close(raw[rawName], -score, tolerance);
        }

        Both("Lowercase", "tar_ppl/low_ppl", new LowercaseDetector().Score(evidence)!.Value);
        Both("Reference", "tar_ppl/ref_ppl", new ReferenceDetector().Score(evidence)!.Value);
        Both("ZlibByOfficialDcPdd", "tar_ppl/zlib", new ZlibDetector().Score(evidence)!.Value);
        Both("MinK20ByOfficialDcPdd", "min_20% prob", MinKDetector.MeanOfLowest(evidence, (int)(0.2 * count)));
        Both("MinKpp20ByOfficialDcPdd", "min_20%++ prob", new MinKPlusPlusDetector().Score(whole)!.Value);
        Both("DcPdd", "DC-PDD", new DivergenceCalibration().Score(whole)!.Value);
        check.Close(raw["ppl"], Math.Exp(-new LossDetector().Score(evidence)!.Value), new Tolerance(0, tolerance.Relative)); // e to the mean: relative
    }

    private static void Tokens(GoldenValue expected, GoldenCheck check, IReadOnlyList<TokenStatistics> tokens, Tolerance tolerance)
    {
        check.Tensor(expected["tokenLogProbs"], [.. tokens.Select(static t => t.LogProbability)], tolerance);
        check.Tensor(expected["mu"], [.. tokens.Select(static t => t.MeanLogProbability)], tolerance);
        check.Tensor(expected["sigmaSquared"], [.. tokens.Select(static t => t.Varentropy)], tolerance with { Relative = Math.Max(tolerance.Relative, tolerance.Absolute) });
    }

    // The reference gives NaN where a share of a tiny text is no token; here one token always counts.
    private static void Share(GoldenCheck check, GoldenValue expected, ITextDetector detector, DetectionEvidence evidence, Tolerance tolerance)
    {
        var own = detector.Score(evidence)!.Value;
        if (double.IsNaN(expected.AsDouble())) check.That(double.IsFinite(own), expected.Path, "the lowest token's score", $"{own}");
        else check.Close(expected, own, tolerance);
    }

    private static Tokenizer Tokenizer(GoldenCase @case) => TokenizerFiles.Load(@case.File, Path.Combine(@case.File.Directory.RealModel(@case.Kind!), "tokenizer.json"));

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
