using Tessera.Tensors.Kernels;

namespace Tessera.Tensors.Tests.Kernels.Rows;

public sealed class PositionsTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(-7, 7)] // exact below 8 of the 16 buckets behind
    [InlineData(-8, 8)]
    [InlineData(-16, 10)] // 8 + ⌊ln(16/8)/ln(128/8) · 8⌋
    [InlineData(-128, 15)]
    [InlineData(1, 17)] // ahead: 16 more
    [InlineData(16, 26)]
    public void EncodersHaveBucketsOnBothSides(int relative, int bucket) => Positions.RelativeBucket(relative, true, 32, 128).ShouldBe(bucket);

    [Theory]
    [InlineData(4, 4)]
    [InlineData(5, 5)] // 4 + ⌈ln(5/4)/ln(63/4) · 3⌉
    [InlineData(11, 6)]
    [InlineData(-63, -7)]
    public void SignedBucketsAreExactInTheMiddle(int relative, int bucket) => Positions.SignedBucket(relative, 8, 64).ShouldBe(bucket);

    [Fact]
    public void SlopesArePowersOfTwoAndTheRestLiesBetween()
    {
        Positions.AlibiSlopes(4).ShouldBe([0.25f, 0.0625f, 0.015625f, 0.00390625f]);
        Positions.AlibiSlopes(5).ShouldBe([0.25f, 0.0625f, 0.015625f, 0.00390625f, 0.5f]);
        Positions.AlibiSlopes(12)[8..].Select(s => s * s).ShouldAllBe(s => Math.Abs(Math.Log2(s) - Math.Round(Math.Log2(s))) < 1e-6);
        Should.Throw<ArgumentOutOfRangeException>(() => Positions.AlibiSlopes(0));
    }

    [Fact]
    public void PaddingGetsItsOwnPosition()
    {
        Counted([0, 5, 7, 2, 1, 1], 1).ShouldBe([2, 3, 4, 5, 1, 1]);
        Counted([1, 1, 0, 9, 1, 2], 1).ShouldBe([1, 1, 2, 3, 1, 4]);
    }

    [Fact]
    public void APartlyFilledSideSpreadsOverTheGrid() => Patches(32, 7).ShouldBe([0, 4, 9, 13, 18, 22, 27]);

    [Fact]
    public void FarDistancesShareTheLastBucket()
    {
        Positions.RelativeBucket(int.MinValue, true, 32, 128).ShouldBe(15);
        Positions.RelativeBucket(int.MaxValue, true, 32, 128).ShouldBe(31);
        Positions.RelativeBucket(int.MinValue, false, 32, 128).ShouldBe(31);
        Positions.RelativeBucket(5, false, 32, 128).ShouldBe(0); // a decoder does not look ahead
    }

    [Fact]
    public void BucketsNeverFallWithDistance()
    {
        for (var r = 0; r < 600; r++)
        {
            Positions.RelativeBucket(-r - 1, false, 32, 128).ShouldBeGreaterThanOrEqualTo(Positions.RelativeBucket(-r, false, 32, 128));
            Positions.SignedBucket(r, 256, 512).ShouldBe(-Positions.SignedBucket(-r, 256, 512));
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(27)]
    [InlineData(32)]
    public void AFullSideIsCountedThrough(int side) => Patches(side, side).ShouldBe([.. Enumerable.Range(0, side)]);

    [Theory]
    [InlineData(25, 25)]
    [InlineData(30, 25)]
    public void OnSomeSidesTheReferencesRoundingShows(int side, int valid) =>
        Patches(side, valid).ShouldNotBe([.. Enumerable.Range(0, valid).Select(i => i * side / valid)]);

    [Fact]
    public void RoomForFewerPositionsIsRefused() => Should.Throw<ArgumentException>(() => Positions.CountedFromPadding([1, 2], 1, new int[1]));

    private static int[] Counted(int[] ids, int padding)
    {
        var positions = new int[ids.Length];
        Positions.CountedFromPadding(ids, padding, positions);
        return positions;
    }

    private static int[] Patches(int side, int valid)
    {
        var buckets = new int[valid];
        Positions.PatchBuckets(side, buckets);
        return buckets;
    }
}
