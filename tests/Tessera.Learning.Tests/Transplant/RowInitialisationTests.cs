using Tessera.Learning.Transplant;

namespace Tessera.Learning.Tests.Transplant;

public sealed class RowInitialisationTests
{
    [Fact]
    public void ARowIsTheMeanOfItsParts()
    {
        double[][] rows = [[1, 0], [0, 3]];
        RowInitialisation.Mean(rows).ShouldBe([0.5, 1.5]);
        RowInitialisation.Mean(rows, [3, 1]).ShouldBe([0.75, 0.75]);
        var scaled = RowInitialisation.Mean(rows, scaled: true);
        Math.Sqrt(scaled.Sum(static v => v * v)).ShouldBe(2, 1e-12); // the mean of 1 and 3
        RowInitialisation.Mean([[2, 2]]).ShouldBe([2, 2]);
        RowInitialisation.Bias([0, 0]).ShouldBe(0);
        RowInitialisation.Bias([1000, 1000]).ShouldBe(1000); // no overflow
    }

    [Fact]
    public void WhatMakesNoMeanIsRefused()
    {
        Should.Throw<ArgumentException>(() => RowInitialisation.Mean([]));
        Should.Throw<ArgumentException>(() => RowInitialisation.Mean([[1], [1, 2]]));
        Should.Throw<ArgumentException>(() => RowInitialisation.Mean([[1]], [0]));
        Should.Throw<ArgumentException>(() => RowInitialisation.Mean([[1]], [double.NaN]));
        Should.Throw<ArgumentException>(() => RowInitialisation.Bias([]));
    }
}
