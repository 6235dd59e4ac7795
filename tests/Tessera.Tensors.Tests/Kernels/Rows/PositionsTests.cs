using System.Text.Json;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Tests.Golden;

namespace Tessera.Tensors.Tests.Kernels.Rows;

public sealed class PositionsTests
{
    [Fact]
    public void RecordedTablesAgree()
    {
        foreach (var golden in GoldenFolder.Read("models-tiny/tables/positions.json").GetProperty("cases").EnumerateArray())
        {
            var (input, expected, name) = (golden.GetProperty("input"), golden.GetProperty("expected"), golden.GetProperty("name").GetString()!);
            switch (input.GetProperty("rule").GetString())
            {
                case "t5":
                    Relative(input, "relative_position (key - query)", r => Positions.RelativeBucket(r, input.GetProperty("bidirectional").GetBoolean(),
                        Int(input, "num_buckets"), Int(input, "max_distance"))).ShouldBe(Ints(expected.GetProperty("bucket")), name);
                    break;
                case "deberta-v2":
                    Relative(input, "relative_position (query - key)", r => Positions.SignedBucket(r, Int(input, "position_buckets"), Int(input, "max_position")))
                        .ShouldBe(Ints(expected.GetProperty("bucket")), name);
                    break;
                case "alibi":
                    var slopes = new float[Int(input, "heads")];
                    Positions.AlibiSlopes(slopes);
                    var recorded = expected.GetProperty("slopes").EnumerateArray().Select(v => v.GetDouble()).ToArray();
                    for (var i = 0; i < slopes.Length; i++) ((double)slopes[i]).ShouldBe(recorded[i], 1e-7, name);
                    break;
                case "roberta":
                    foreach (var (ids, positions) in input.GetProperty("input_ids").EnumerateArray().Zip(expected.GetProperty("position_ids").EnumerateArray()))
                        Counted(Ints(ids), Int(input, "pad_token_id")).ShouldBe(Ints(positions), name);
                    break;
                case "idefics3":
                    Patches(Int(input, "patches_per_side"), Int(input, "valid_rows")).ShouldBe(Ints(expected.GetProperty("row_bucket")), name);
                    Patches(Int(input, "patches_per_side"), Int(input, "valid_columns")).ShouldBe(Ints(expected.GetProperty("column_bucket")), name);
                    break;
                default: Assert.Fail($"{name}: unknown rule"); break;
            }
        }
    }

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

    private static int[] Relative(JsonElement input, string range, Func<int, int> bucket)
    {
        var ends = Ints(input.GetProperty(range));
        return [.. Enumerable.Range(ends[0], ends[1] - ends[0] + 1).Select(bucket)];
    }

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

    private static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static int[] Ints(JsonElement element) => [.. element.EnumerateArray().Select(v => v.GetInt32())];
}
