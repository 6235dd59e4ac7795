using System.Text.Json;
using Tessera.Tensors;
using Tessera.Tensors.Formats;
using Tessera.Tensors.Kernels;

namespace Tessera.Golden;

/// <summary>Cache rows in a block format: the blocks, the numbers that they stand for, and attention of one query over them.</summary>
internal sealed unsafe class QuantisedCacheReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Input.Has("key_type") && @case.Input.Has("value_type") && @case.Expected.Has("key_blocks_hex");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var keys = Plane(@case, check, "key");
        var values = Plane(@case, check, "value");
        if (@case.Expected.Find("attention_output") is not { } output) return;
        var query = @case.Input["query"].AsTensor();
        var (heads, tokens, width) = (@case.Input["keys"].Count, @case.Input["keys"][0].Count, query.Shape[1]);
        var result = new float[query.Shape[0] * width];
        for (var head = 0; head < query.Shape[0]; head++)
        {
            var stored = head / (query.Shape[0] / heads) * tokens * width;
            var scores = new float[tokens];
            fixed (float* q = query.Slice(head, head + 1).ToSingles(), k = &keys[stored], v = &values[stored], p = scores, y = &result[head * width])
            {
                for (var token = 0; token < tokens; token++) p[token] = (float)(RowArithmetic.Dot(q, k + token * width, width) / Math.Sqrt(width));
                Softmax.Forward(p, tokens, p);
                for (var token = 0; token < tokens; token++) RowArithmetic.AddScaled(v + token * width, p[token], width, y);
            }
        }

        // Relative above 1: where a value of 4,319 comes out, neighbouring floats are 5e-4 apart.
        check.Tensor(output, result, Tolerance.AbsoluteOrRelative(@case.File.Tolerance("attention_output")));
    }

    /// <summary>Quantises the keys or values, compares bytes and numbers, and gives back the numbers.</summary>
    private static float[] Plane(GoldenCase @case, GoldenCheck check, string side)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var name = input[side + "_type"].AsString();
        if (!Enum.TryParse<TensorFormat>(name, out var format) || !BlockFormat.CanQuantise(format)) throw new NotCoveredException($"{name} is no format that Tessera writes");
        var values = input[side + "s"].AsTensor().ToSingles();
        var recorded = Leaves(expected[side + "_blocks_hex"]).SelectMany(static v => Convert.FromHexString(v.AsString())).ToArray();
        var own = new byte[BlockFormat.Of(format).ByteLengthOf([values.Length])];
        BlockFormat.Quantise(format, values, own);
        var same = own.AsSpan().CommonPrefixLength(recorded);
        check.That(same == own.Length && same == recorded.Length, $"expected.{side}_blocks_hex", $"{recorded.Length} recorded bytes", $"{own.Length} bytes, byte {same} differs");

        var widened = new float[values.Length];
        fixed (byte* source = own) BlockFormat.Dequantise(format, source, widened);
        // Written as the shortest decimals of floats: exact when read as floats.
        check.That(widened.AsSpan().SequenceEqual(expected[side + "s"].AsTensor().ToSingles()), $"expected.{side}s", "the recorded numbers", "other numbers");
        return widened;
    }

    private static IEnumerable<GoldenValue> Leaves(GoldenValue value) => value.Kind == JsonValueKind.Array ? value.Items.SelectMany(Leaves) : [value];
}
