using FsCheck;
using FsCheck.Fluent;
using Tessera.Insight.Detection;

namespace Tessera.Insight.Tests.Detection;

public sealed class RocCurveTests
{
    [Fact]
    public void TheAreaIsTheShareOfPairsInTheRightOrderAndATieIsHalf() => Prop.ForAll(Cases(), data =>
    {
        var curve = RocCurve.Of(data.Scores, data.Labels);
        var (right, pairs) = (0.0, 0);
        for (var p = 0; p < data.Scores.Length; p++)
        {
            for (var n = 0; n < data.Scores.Length; n++)
            {
                if (!data.Labels[p] || data.Labels[n]) continue;
                pairs++;
                right += data.Scores[p] > data.Scores[n] ? 1 : data.Scores[p] == data.Scores[n] ? 0.5 : 0;
            }
        }

        return Math.Abs(curve.Area - right / pairs) < 1e-12;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void TheAreaIsTheTrapezoidsUnderThePoints() => Prop.ForAll(Cases(), data =>
    {
        var curve = RocCurve.Of(data.Scores, data.Labels);
        var area = 0.0;
        for (var i = 1; i < curve.Points.Count; i++)
        {
            var (a, b) = (curve.Points[i - 1], curve.Points[i]);
            if (b.FalsePositiveRate < a.FalsePositiveRate || b.TruePositiveRate < a.TruePositiveRate || b.Threshold >= a.Threshold) return false;
            area += (b.FalsePositiveRate - a.FalsePositiveRate) * (a.TruePositiveRate + b.TruePositiveRate) / 2;
        }

        return Math.Abs(curve.Area - area) < 1e-12 && curve.Points[^1] is { FalsePositiveRate: 1, TruePositiveRate: 1 } && curve.Points[0] is { FalsePositiveRate: 0, TruePositiveRate: 0 };
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void WhatKeepsTheOrderKeepsTheCurve() => Prop.ForAll(Cases(), data =>
    {
        var plain = RocCurve.Of(data.Scores, data.Labels);
        var bent = RocCurve.Of(Array.ConvertAll(data.Scores, s => Math.Exp(s / 3) - 7), data.Labels);
        var turned = RocCurve.Of(Array.ConvertAll(data.Scores, s => -s), data.Labels);
        return bent.Area == plain.Area && bent.BestBalancedAccuracy == plain.BestBalancedAccuracy && bent.TruePositiveRateAt(0.05) == plain.TruePositiveRateAt(0.05)
            && Math.Abs(plain.Area + turned.Area - 1) < 1e-12;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void EachPointIsWhatItsThresholdAchieves() => Prop.ForAll(Cases(), data =>
    {
        double Rate(bool kind, double threshold) => data.Scores.Zip(data.Labels).Count(t => t.Second == kind && t.First >= threshold) / (double)data.Labels.Count(l => l == kind);
        return RocCurve.Of(data.Scores, data.Labels).Points.All(p => Math.Abs(p.TruePositiveRate - Rate(true, p.Threshold)) < 1e-12 && Math.Abs(p.FalsePositiveRate - Rate(false, p.Threshold)) < 1e-12);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void RatesAtBoundsAreReadOffTheCurve()
    {
        // Descending: + + - + - : points (0, 1/3), (0, 2/3), (1/2, 2/3), (1/2, 1), (1, 1).
        var curve = RocCurve.Of([5, 4, 3, 2, 1], [true, true, false, true, false]);
        curve.Area.ShouldBe(5.0 / 6, 1e-12);
        curve.TruePositiveRateAt(0).ShouldBe(2.0 / 3, 1e-12);
        curve.TruePositiveRateAt(0.5).ShouldBe(1);
        curve.TruePositiveRateAt(0.5, below: true).ShouldBe(2.0 / 3, 1e-12);
        curve.FalsePositiveRateAt(0.9).ShouldBe(0.5);
        curve.BestBalancedAccuracy.ShouldBe(5.0 / 6, 1e-12);
        RocCurve.Of([double.PositiveInfinity, double.NegativeInfinity], [true, false]).Area.ShouldBe(1);
    }

    [Fact]
    public void WhatHasNoCurveIsRefused()
    {
        Should.Throw<ArgumentException>(() => RocCurve.Of([], []));
        Should.Throw<ArgumentException>(() => RocCurve.Of([1, 2], [true]));
        Should.Throw<ArgumentException>(() => RocCurve.Of([1, 2], [true, true]));
        Should.Throw<ArgumentException>(() => RocCurve.Of([1, double.NaN], [true, false]));
    }

    // Few distinct scores, so that ties are common.
    private static Arbitrary<(double[] Scores, bool[] Labels)> Cases() =>
        (from count in Gen.Choose(2, 40)
         from scores in Gen.ArrayOf(Gen.Choose(-4, 4), count)
         from labels in Gen.ArrayOf(Gen.Elements(true, false), count)
         where labels.Contains(true) && labels.Contains(false)
         select (Array.ConvertAll(scores, s => s / 2.0), labels)).ToArbitrary();
}
