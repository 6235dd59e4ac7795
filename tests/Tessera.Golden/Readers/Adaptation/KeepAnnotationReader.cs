using Tessera.Learning.Data;

namespace Tessera.Golden;

/// <summary>Labels of words out of a teacher's compressions, the figures of their quality, and which pairs are worth training on.</summary>
internal sealed class KeepAnnotationReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Input.Find("what")?.AsString() switch
        {
            "annotate" => @case.Input.Has("window") && @case.Input.Has("pairs"),
            "filter" => @case.Input.Has("variation_rate") && @case.Input.Has("alignment_gap"),
            _ => false,
        };

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var tolerance = new Tolerance(@case.File.Tolerance("rates"));
        if (input["what"].AsString() == "filter")
        {
            var quality = input["variation_rate"].AsDoubles().Zip(input["alignment_gap"].AsDoubles(), static (v, g) => new AnnotationQuality(0, v, 0, 0) { AlignmentGap = g });
            check.SameIds(expected["kept"], [.. KeepAnnotation.Filter([.. quality], out var threshold)]);
            check.Close(expected["variation_threshold"], threshold, tolerance);
            return;
        }

        foreach (var (pair, wanted) in input["pairs"].Items.Zip(expected.Items))
        {
            var own = KeepAnnotation.Annotate(pair["words"].AsStrings()!, pair["compressed"].AsStrings()!, input["window"].AsInt());
            check.SameIds(wanted["labels"], [.. own.Labels.Select(static l => l ? 1 : 0)]);
            check.Close(wanted["compression_rate"], own.Quality.CompressionRate, tolerance);
            check.Close(wanted["variation_rate"], own.Quality.VariationRate, tolerance);
            check.Close(wanted["hitting_rate"], own.Quality.HittingRate, tolerance);
            check.Close(wanted["matching_rate"], own.Quality.MatchingRate, tolerance);
            check.Close(wanted["alignment_gap"], own.Quality.AlignmentGap, tolerance);
        }
    }
}
