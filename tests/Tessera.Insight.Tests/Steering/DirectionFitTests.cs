using Tessera.Insight.Steering;

namespace Tessera.Insight.Tests.Steering;

public sealed class DirectionFitTests
{
    private static readonly RandomKey s_key = new(11, 0, 0, RandomPurpose.Initialise);

    [Theory]
    [InlineData(DirectionMethod.MeanDifference)]
    [InlineData(DirectionMethod.Pca)]
    public void TheDirectionOfSeparablePairsIsRecovered(DirectionMethod method)
    {
        var (positive, negative, planted) = Pairs(count: 40, width: 16, apart: 6);
        var fit = DirectionFit.Fit(positive, negative, method);
        Cosine(fit.Direction, planted).ShouldBeGreaterThan(0.98);
        fit.Separation.ShouldBe(6, 0.7);
        fit.ExplainedShare!.Value.ShouldBeInRange(0.3, 1);
    }

    [Fact]
    public void ThePrincipalComponentIsTheEigenvectorOfTheDifferences()
    {
        // Differences (3, 0), (-3, 0), (0, 1), (0, -1): along the first axis 18 of 20 squares lie.
        float[][] positive = [[3, 0], [-3, 0], [0, 1], [0, -1]], negative = [[0, 0], [0, 0], [0, 0], [0, 0]];
        var fit = DirectionFit.Principal(positive, negative, centred: true);
        Math.Abs(fit.Direction[0]).ShouldBe(1, 1e-12);
        fit.Direction[1].ShouldBe(0, 1e-12);
        fit.ExplainedShare!.Value.ShouldBe(0.9, 1e-12);
        fit.Separation.ShouldBe(0, 1e-12);
    }

    [Theory]
    [InlineData(3, 20)] // fewer pairs than width: the products of rows
    [InlineData(50, 5)] // more: the products of columns
    public void TheShareIsTheLargestThatAnyDirectionExplains(int count, int width)
    {
        var (positive, negative, _) = Pairs(count, width, apart: 1);
        var fit = DirectionFit.Principal(positive, negative, centred: false);
        fit.Direction.Sum(v => v * v).ShouldBe(1, 1e-12);
        for (var trial = 0; trial < 50; trial++)
        {
            var other = Enumerable.Range(0, width).Select(i => s_key.Normal((uint)(100_000 + trial * width + i))).ToArray();
            Share(positive, negative, other).ShouldBeLessThanOrEqualTo(fit.ExplainedShare!.Value + 1e-12);
        }

        Share(positive, negative, fit.Direction).ShouldBe(fit.ExplainedShare!.Value, 1e-9);
    }

    [Fact]
    public void ThePositiveSideHasTheLargerProjection()
    {
        var (positive, negative, _) = Pairs(20, 8, apart: 2);
        var there = DirectionFit.Principal(positive, negative, centred: false).Direction;
        var back = DirectionFit.Principal(negative, positive, centred: false).Direction;
        for (var i = 0; i < there.Length; i++) back[i].ShouldBe(-there[i], 1e-9);
    }

    [Fact]
    public void SteeringHasTheLengthOfTheSeparation()
    {
        var (positive, negative, _) = Pairs(20, 8, apart: 2);
        foreach (var method in Enum.GetValues<DirectionMethod>())
        {
            var fit = DirectionFit.Fit(positive, negative, method);
            Math.Sqrt(fit.AsSteering().Sum(v => (double)v * v)).ShouldBe(fit.Separation, 1e-5);
        }
    }

    [Fact]
    public void WhatHasNoDirectionIsRefused()
    {
        float[][] one = [[1, 2]], two = [[1, 2], [3, 4]], wide = [[1, 2, 3]], odd = [[1, float.NaN]];
        foreach (var method in Enum.GetValues<DirectionMethod>())
        {
            Should.Throw<ArgumentException>(() => DirectionFit.Fit([], one, method));
            Should.Throw<ArgumentException>(() => DirectionFit.Fit(one, [], method));
            Should.Throw<ArgumentException>(() => DirectionFit.Fit(one, wide, method));
            Should.Throw<ArgumentException>(() => DirectionFit.Fit(one, odd, method));
            Should.Throw<ArgumentException>(() => DirectionFit.Fit(two, two, method)).Message.ShouldContain("direction");
        }

        Should.Throw<ArgumentException>(() => DirectionFit.Fit(one, two, DirectionMethod.Pca)).Message.ShouldContain("paired");
        DirectionFit.Fit(one, two, DirectionMethod.MeanDifference).ExplainedShare.ShouldBeNull();
    }

    // Random points, the positive ones moved along a random unit vector.
    private static (float[][] Positive, float[][] Negative, double[] Planted) Pairs(int count, int width, double apart)
    {
        var planted = Enumerable.Range(0, width).Select(i => s_key.Normal((uint)i)).ToArray();
        var norm = Math.Sqrt(planted.Sum(v => v * v));
        planted = Array.ConvertAll(planted, v => v / norm);
        float[] Row(int side, int r) => [.. Enumerable.Range(0, width).Select(i => (float)(s_key.Normal((uint)(1000 + (side * count + r) * width + i)) + side * apart * planted[i]))];
        return ([.. Enumerable.Range(0, count).Select(r => Row(1, r))], [.. Enumerable.Range(0, count).Select(r => Row(0, r))], planted);
    }

    private static double Share(float[][] positive, float[][] negative, double[] direction)
    {
        var (norm, along, total) = (direction.Sum(v => v * v), 0.0, 0.0);
        for (var r = 0; r < positive.Length; r++)
        {
            var difference = positive[r].Zip(negative[r], (p, n) => (double)p - n).ToArray();
            along += Math.Pow(difference.Zip(direction, (d, v) => d * v).Sum(), 2) / norm;
            total += difference.Sum(d => d * d);
        }

        return along / total;
    }

    private static double Cosine(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(x => x * x) * b.Sum(y => y * y));
}
