using Tessera.Evaluation.Statistics;

namespace Tessera.Evaluation.Tests.Statistics;

public sealed class PercentileTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(25, 1.75)]
    [InlineData(50, 2.5)]
    [InlineData(90, 3.7)]
    [InlineData(100, 4)]
    public void ItLiesBetweenTheTwoValuesBesideItsPlace(int percent, double expected)
    {
        Percentile.Of<double>([4, 1, 3, 2], percent).ShouldBe(expected, 1e-12);
        Percentile.Of<float>([4, 1, 3, 2], percent).ShouldBe((float)expected, 1e-6f);
    }

    [Fact]
    public void OfOneValueItIsThatValue() => Percentile.Of<double>([0.3], 67).ShouldBe(0.3);

    [Fact]
    public void BetweenEqualValuesItIsExactlyThem()
    {
        for (var percent = 0; percent <= 100; percent++) Percentile.Of<float>([0.1f, 0.1f, 0.1f], percent).ShouldBe(0.1f);
    }

    [Fact]
    public void NothingHasNone()
    {
        Should.Throw<ArgumentException>(static () => Percentile.Of<double>([], 50));
        Should.Throw<ArgumentOutOfRangeException>(static () => Percentile.Of<double>([1], 101));
        Should.Throw<ArgumentOutOfRangeException>(static () => Percentile.Of<double>([1], -1));
    }
}
