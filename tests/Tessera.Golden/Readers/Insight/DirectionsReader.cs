using Tessera.Insight.Steering;

namespace Tessera.Golden;

/// <summary>Directions between two sides of activations: mean difference and the principal component of paired differences, in both conventions.</summary>
internal sealed class DirectionsReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Kind == "directions" && @case.Has("input") && @case.Input.Has("positive") && @case.Input.Has("negative") && @case.Expected.Has("meanDifference");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var tolerance = new Tolerance(@case.File.Tolerance("all"));
        var (positive, negative) = (Rows(@case.Input["positive"]), Rows(@case.Input["negative"]));
        var expected = @case.Expected;
        check.Tensor(expected["meanDifference"], DirectionFit.MeanDifference(positive, negative).Direction, tolerance);
        var (centred, uncentred) = (DirectionFit.Principal(positive, negative, centred: true), DirectionFit.Principal(positive, negative, centred: false));
        check.Tensor(expected["pcaCentred"], centred.Direction, tolerance);
        check.Tensor(expected["pcaUncentred"], uncentred.Direction, tolerance);
        check.Close(expected["explainedShareCentred"], centred.ExplainedShare!.Value, tolerance);
        if (expected.Find("explainedShareUncentred") is { } share) check.Close(share, uncentred.ExplainedShare!.Value, tolerance);
    }

    private static float[][] Rows(GoldenValue value) => Array.ConvertAll(value.AsDoubleRows(), static row => Array.ConvertAll(row, static v => (float)v));
}
