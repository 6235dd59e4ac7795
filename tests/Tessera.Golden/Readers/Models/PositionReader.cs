using Tessera.Tensors.Kernels;

namespace Tessera.Golden;

/// <summary>Relative buckets, slopes and position numbering of the models that do not rotate; <c>input.rule</c> says which.</summary>
internal sealed class PositionReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Input.Find("rule")?.AsString() is "t5" or "deberta-v2" or "alibi" or "roberta" or "idefics3";

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        switch (input["rule"].AsString())
        {
            case "t5":
                var (both, buckets, distance) = (input["bidirectional"].AsBool(), input["num_buckets"].AsInt(), input["max_distance"].AsInt());
                check.SameIds(expected["bucket"], Range(input["relative_position (key - query)"], r => Positions.RelativeBucket(r, both, buckets, distance)));
                break;
            case "deberta-v2":
                var (sides, most) = (input["position_buckets"].AsInt(), input["max_position"].AsInt());
                check.SameIds(expected["bucket"], Range(input["relative_position (query - key)"], r => Positions.SignedBucket(r, sides, most)));
                break;
            case "alibi":
                check.Tensor(expected["slopes"], Positions.AlibiSlopes(input["heads"].AsInt()), new Tolerance(@case.File.Tolerance("slopes")));
                break;
            case "roberta":
                foreach (var (ids, positions) in input["input_ids"].Items.Zip(expected["position_ids"].Items))
                {
                    var row = ids.AsInts();
                    var own = new int[row.Length];
                    Positions.CountedFromPadding(row, input["pad_token_id"].AsInt(), own);
                    check.SameIds(positions, own);
                }

                break;
            default:
                var side = input["patches_per_side"].AsInt();
                check.SameIds(expected["row_bucket"], Patches(side, input["valid_rows"].AsInt()));
                check.SameIds(expected["column_bucket"], Patches(side, input["valid_columns"].AsInt()));
                expected.Find("id")?.Waive("says how rows and columns make an id");
                break;
        }
    }

    private static int[] Range(GoldenValue ends, Func<int, int> bucket)
    {
        var range = ends.AsInts();
        return [.. Enumerable.Range(range[0], range[1] - range[0] + 1).Select(bucket)];
    }

    private static int[] Patches(int side, int valid)
    {
        var buckets = new int[valid];
        Positions.PatchBuckets(side, buckets);
        return buckets;
    }
}
