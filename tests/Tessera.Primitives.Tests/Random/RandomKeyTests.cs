using FsCheck.Xunit;

namespace Tessera.Primitives.Tests.Random;

public sealed class RandomKeyTests
{
    private static readonly RandomKey s_key = new(17, 3, 5, RandomPurpose.Sample);

    [Fact]
    public void TheSameKeyGivesTheSameNumberWhateverRanBefore()
    {
        var first = s_key.Uniform();
        _ = s_key.Uniform(9);
        _ = (s_key with { Position = 6 }).Normal();
        s_key.Uniform().ShouldBe(first);
    }

    [Fact]
    public void EveryPartOfAKeyChangesTheNumber()
    {
        var plain = s_key.Uniform();
        double[] others =
        [
            (s_key with { Seed = 18 }).Uniform(), (s_key with { Seed = 17UL + (1UL << 32) }).Uniform(), (s_key with { Sequence = 4 }).Uniform(), (s_key with { Position = 6 }).Uniform(),
            (s_key with { Purpose = RandomPurpose.Verify }).Uniform(), s_key.Uniform(1),
        ];
        others.ShouldAllBe(number => number != plain);
        others.Distinct().Count().ShouldBe(others.Length);
    }

    [Property]
    public bool UniformNumbersLieInTheHalfOpenUnitInterval(ulong seed, uint sequence, uint position, uint index) =>
        new RandomKey(seed, sequence, position, RandomPurpose.Shuffle).Uniform(index) is >= 0 and < 1;

    [Property]
    public bool NumbersBelowABoundAreNotNegativeAndBelowIt(ulong seed, uint index, FsCheck.PositiveInt bound)
    {
        var number = new RandomKey(seed, 0, 0, RandomPurpose.Shuffle).Below(bound.Get, index);
        return number >= 0 && number < bound.Get;
    }

    [Fact]
    public void ABoundBelowOneIsRefused() => Should.Throw<ArgumentOutOfRangeException>(() => s_key.Below(0));

    [Fact]
    public void UniformAndNormalNumbersHaveTheirMoments()
    {
        const int count = 20_000;
        var (mean, square, normalMean, normalSquare) = (0.0, 0.0, 0.0, 0.0);
        for (uint i = 0; i < count; i++)
        {
            var (u, n) = (s_key.Uniform(i), s_key.Normal(i));
            (mean, square, normalMean, normalSquare) = (mean + u / count, square + u * u / count, normalMean + n / count, normalSquare + n * n / count);
        }

        // Five standard errors of 20,000 draws; the draws are fixed, so the test can't flicker.
        mean.ShouldBe(0.5, 0.011);
        (square - mean * mean).ShouldBe(1 / 12.0, 0.003);
        normalMean.ShouldBe(0, 0.036);
        normalSquare.ShouldBe(1, 0.05);
    }

    [Fact]
    public void EveryResidueIsReachedAboutEquallyOften()
    {
        var counts = new int[7];
        for (uint i = 0; i < 7_000; i++) counts[s_key.Below(7, i)]++;
        counts.ShouldAllBe(static c => c > 850 && c < 1_150); // 1,000 ± five standard deviations
    }
}
