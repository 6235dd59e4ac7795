using System.Text.Json;
using Tessera.Tokenizers;
using Tessera.Tokenizers.SentencePiece;

namespace Tessera.Golden;

/// <summary>All segmentations of a text by a unigram model: the best ones, partition, expected counts, entropy, and the shares among many draws.</summary>
internal sealed class UnigramLatticeReader : IGoldenReader
{
    private const int Draws = 20_000;
    private const string Sampling = "sampling_probability_alpha_", Entropy = "entropy_alpha_";

    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Root.Find("model") is { Kind: JsonValueKind.String } model && model.AsString().EndsWith(".model", StringComparison.Ordinal)
        && @case.Has("input") && @case.Input.Has("text") && @case.Has("expected") && @case.Expected.Has("all_segmentations");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, expected) = (@case.File, @case.Expected);
        var path = file.Root["model"].AsFilePath();
        var model = file.Directory.RunCache.Get("sentencepiece|" + path, () => SentencePieceTokenizer.Load(path));
        var text = @case.Input["text"].AsString();
        check.Equal(@case.Input["normalized"], model.Normalize(text));
        var scores = new Tolerance(file.Tolerance("scores"));
        var exact = new Tolerance(file.Tolerance("log_partition, expected_counts, probabilities"));

        var all = expected["all_segmentations"];
        var best = model.EncodeBest(text, 1024);
        check.That(best.Count == all.Count, all.Path, $"{all.Count} segmentations", $"{best.Count}");
        Segmentations(check, model, best, all, scores);
        Segmentations(check, model, best, expected["nbest_of_the_library"], scores);
        check.SameStrings(expected["best"], [.. model.EncodeToIds(text).Select(model.IdToPiece)]);
        check.SameStrings(expected["hf_best"], [.. best[0].Ids.Select(model.IdToPiece)]);

        check.Close(expected["log_partition"], model.LogPartition(text), exact);
        var counts = model.ExpectedCounts(text);
        check.That(counts.Count == expected["expected_counts"].Properties.Count(), expected["expected_counts"].Path, $"{expected["expected_counts"].Properties.Count()} pieces", $"{counts.Count}");
        foreach (var (piece, count) in expected["expected_counts"].Properties) check.Close(count, counts.GetValueOrDefault(model.PieceToId(piece)), exact);
        foreach (var (key, value) in expected.Properties)
        {
            if (key.StartsWith(Entropy, StringComparison.Ordinal)) check.Close(value, model.SegmentationEntropy(text, Alpha(key, Entropy)), exact);
            if (key.StartsWith(Sampling, StringComparison.Ordinal)) Draw(check, model, text, Alpha(key, Sampling), all, value);
        }

        expected.Find("check_total_variation_of_library_samples")?.Waive("how far samples of the library are from these probabilities");
    }

    // Segmentations of equal score may come in any order.
    private static void Segmentations(GoldenCheck check, SentencePieceTokenizer model, IReadOnlyList<(int[] Ids, double Score)> own, GoldenValue expected, Tolerance tolerance)
    {
        for (var i = 0; i < expected.Count; i++)
        {
            var (pieces, score) = (string.Join(' ', expected[i]["pieces"].AsStrings()), expected[i]["score"]);
            check.Close(score, own[i].Score, tolerance);
            check.That(own.Any(o => string.Join(' ', o.Ids.Select(model.IdToPiece)) == pieces && Math.Abs(o.Score - score.AsDouble()) <= tolerance.Absolute), expected[i].Path, pieces, "another one");
        }
    }

    private static void Draw(GoldenCheck check, SentencePieceTokenizer model, string text, double alpha, GoldenValue all, GoldenValue probabilities)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (uint draw = 0; draw < Draws; draw++)
        {
            var key = string.Join(' ', model.EncodeSample(text, alpha, new RandomKey(17, draw, 0, RandomPurpose.Tokenize)).Select(model.IdToPiece));
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        for (var i = 0; i < all.Count; i++)
        {
            // Five standard deviations of a share: wrong once in two million.
            var probability = probabilities[i].AsDouble();
            var share = counts.GetValueOrDefault(string.Join(' ', all[i]["pieces"].AsStrings())) / (double)Draws;
            check.Close(probabilities[i], share, new Tolerance(5 * Math.Sqrt(probability * (1 - probability) / Draws) + 1e-12));
        }
    }

    private static double Alpha(string key, string prefix) => double.Parse(key.AsSpan(prefix.Length), System.Globalization.CultureInfo.InvariantCulture);
}
