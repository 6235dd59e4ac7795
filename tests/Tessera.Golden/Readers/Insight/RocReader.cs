using Tessera.Insight.Detection;

namespace Tessera.Golden;

/// <summary>Measures of how well scores separate two classes, ties included.</summary>
internal sealed class RocReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => @case.Kind == "rocMetrics" && @case.Has("input") && @case.Input.Has("scores") && @case.Input.Has("labels");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var tolerance = new Tolerance(@case.File.Tolerance("rocMetrics"));
        var curve = RocCurve.Of(@case.Input["scores"].AsDoubles(), @case.Input["labels"].AsBools());
        var expected = @case.Expected;
        check.Close(expected["auroc"], curve.Area, tolerance);
        check.Close(expected["fprAtTpr95"], curve.FalsePositiveRateAt(0.95), tolerance);
        check.Close(expected["tprAtFpr05"], curve.TruePositiveRateAt(0.05), tolerance);
        check.Close(expected["dcPddAuroc"], curve.Area, tolerance);
        check.Close(expected["dcPddBestBalancedAccuracy"], curve.BestBalancedAccuracy, tolerance);
        check.Close(expected["dcPddTprAtFprStrictlyBelow05"], curve.TruePositiveRateAt(0.05, below: true), tolerance);
    }
}
