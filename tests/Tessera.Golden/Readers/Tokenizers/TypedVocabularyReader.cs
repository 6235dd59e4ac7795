using System.Text.Json;
using Tessera.Learning.Transplant;
using Tessera.Tokenizers.Domain;

namespace Tessera.Golden;

/// <summary>K-Tokeniser's formulas: segmentations and scores by type, the choice among types, fertility, rows of new tokens, smoothing.</summary>
internal sealed class TypedVocabularyReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Root.Has("tables") && @case.Has("input") && (@case.Input.Has("word") || @case.Input.Has("posterior") || @case.Input.Has("candidate") || @case.Input.Has("surface_lengths") || @case.Input.Has("counts"));

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected, tolerance) = (@case.Input, @case.Expected, new Tolerance(@case.File.Tolerance("all")));
        if (input.Find("word") is { } word) Word(@case, word.AsString(), check, tolerance);
        else if (input.Has("posterior")) Choice(@case, check, tolerance);
        else if (input.Has("candidate")) Fertility(input, expected, check, tolerance);
        else if (input.Has("surface_lengths")) Rows(input, expected, check, tolerance);
        else
        {
            var smoothed = SubwordTable.Smooth(input["counts"].Properties.ToDictionary(static p => p.Key, static p => p.Value.AsLong()));
            foreach (var (token, probability) in expected.Properties) check.Close(probability, smoothed[token], tolerance);
        }
    }

    private static Dictionary<string, SubwordTable> Tables(GoldenCase @case) => @case.File.Root["tables"].Properties.ToDictionary(
        static t => t.Key, static t => new SubwordTable(t.Value.Properties.ToDictionary(static p => p.Key, static p => p.Value.AsDouble())));

    private static void Word(GoldenCase @case, string word, GoldenCheck check, Tolerance tolerance)
    {
        var tables = Tables(@case);
        foreach (var (type, wanted) in @case.Expected.Properties)
        {
            var segmentation = tables[type].Segment(word);
            check.That(wanted.IsNull == segmentation is null, wanted.Path, wanted.IsNull ? "no segmentation" : "a segmentation", segmentation is null ? "none" : string.Join(' ', segmentation.Value.Tokens));
            if (segmentation is null || wanted.Kind != JsonValueKind.Object) continue;
            check.SameStrings(wanted["segmentation"], [.. segmentation.Value.Tokens]);
            check.Close(wanted["score"], segmentation.Value.Score, tolerance);
        }
    }

    private static void Choice(GoldenCase @case, GoldenCheck check, Tolerance tolerance)
    {
        var (tables, weight) = (Tables(@case), @case.Input["lambda"].AsDouble());
        var posterior = @case.Input["posterior"].Properties.ToDictionary(static p => p.Key, static p => Math.Log(p.Value.AsDouble()));
        foreach (var (word, wanted) in @case.Expected.Properties)
        {
            var types = posterior.Keys.Where(t => tables[t].Segment(word) is not null).ToList();
            double[] scores = [.. types.Select(t => tables[t].Segment(word)!.Value.Score)];
            double[] logs = [.. types.Select(t => posterior[t])];
            check.Equal(wanted["choice"], types[KTokeniser.Choose(scores, logs, weight)]);
            check.That(wanted["scores"].Count == types.Count, wanted["scores"].Path, $"{wanted["scores"].Count} types", $"{types.Count} types");
            for (var i = 0; i < types.Count; i++) check.Close(wanted["scores"][types[i]], scores[i] - weight * logs[i], tolerance);
        }
    }

    private static void Fertility(GoldenValue input, GoldenValue expected, GoldenCheck check, Tolerance tolerance)
    {
        double words = input["sentence"].AsStrings().Length;
        var (mine, other) = (input["candidate"].Items.Sum(static w => w.AsStrings().Length), input["base"].Items.Sum(static w => w.AsStrings().Length));
        check.Close(expected["base_fertility"], other / words, tolerance);
        check.Close(expected["candidate_fertility"], mine / words, tolerance);
        check.Equal(expected["accepted"], KTokeniser.Accepts(mine, other));
    }

    private static void Rows(GoldenValue input, GoldenValue expected, GoldenCheck check, Tolerance tolerance)
    {
        var rows = input["rows"].AsDoubleRows();
        check.Tensor(expected["mean"], RowInitialisation.Mean(rows), tolerance);
        check.Tensor(expected["length_weighted"], RowInitialisation.Mean(rows, input["surface_lengths"].AsDoubles()), tolerance);
        check.Tensor(expected["mean_scaled_to_mean_norm"], RowInitialisation.Mean(rows, scaled: true), tolerance);
        check.Close(expected["bias_log_mean_exp"], RowInitialisation.Bias(input["biases"].AsDoubles()), tolerance);
    }
}
