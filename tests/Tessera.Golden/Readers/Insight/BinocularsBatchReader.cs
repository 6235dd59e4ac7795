using Tessera.Insight.Detection;

namespace Tessera.Golden;

/// <summary>Binoculars on a batch that is padded to the right: each text by itself, its padding cut off.</summary>
internal sealed class BinocularsBatchReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Kind == "binoculars" && @case.Has("input") && @case.Input.Has("observerLogits") && @case.Input.Has("attentionMask");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var tolerance = Tolerance.AbsoluteOrRelative(@case.File.Tolerance("tables.scores"));
        var (observer, performer) = (input["observerLogits"].AsTensor(), input["performerLogits"].AsTensor());
        var (ids, mask, pad) = (input["ids"].AsIntRows(), input["attentionMask"].AsIntRows(), input["padId"].AsInt());
        for (var text = 0; text < ids.Length; text++)
        {
            var length = mask[text].Count(static m => m == 1);
            float[] Rows(GoldenTensor table) => table.Slice(text, text + 1).ToSingles()[..(length * table.Shape[^1])];
            var two = TwoModelStatistics.Of(Rows(observer), Rows(performer), ids[text].AsSpan(0, length));
            var (mean, median) = (new Binoculars(padId: pad), new Binoculars(median: true, padId: pad));
            check.Close(expected["logPPL"][text], mean.LogPerplexity(two), tolerance);
            check.Close(expected["logXPPL"][text], mean.CrossEntropy(two), tolerance);
            check.Close(expected["score"][text], -mean.Score(DetectionCases.Evidence(two.Performer) with { TwoModels = two })!.Value, tolerance);
            check.Close(expected["logPPLmedian"][text], median.LogPerplexity(two), tolerance);
            check.Close(expected["logXPPLmedian"][text], median.CrossEntropy(two), tolerance);
        }
    }
}
