using Tessera.Models.Attention;
using Tessera.Models.State;
using Tessera.Tensors;
using Tessera.Tensors.Threads;

namespace Tessera.Golden;

/// <summary>The same cases as <see cref="QuantisedCacheReader"/> through the engine's cache: what its slots read back as, and its attention over them.</summary>
internal sealed unsafe class CachedAttentionReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Has("expected") && @case.Input.Has("key_type") && @case.Input.Has("value_type") && @case.Expected.Has("attention_output");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (input, expected) = (@case.Input, @case.Expected);
        var options = new KeyValueOptions { KeyFormat = Format(input["key_type"]), ValueFormat = Format(input["value_type"]) };
        var (keys, values, query) = (input["keys"].AsTensor(), input["values"].AsTensor(), input["query"].AsTensor());
        var (heads, tokens, width) = (keys.Shape[0], keys.Shape[1], keys.Shape[2]);
        using var state = new KeyValueState(heads, width, values.Shape[2], options);
        state.Append(ByToken(keys), ByToken(values), [.. Enumerable.Range(0, tokens)]);

        var read = new float[keys.Shape[2]];
        Compare("keys", state.ReadKey);
        Compare("values", state.ReadValue);

        var output = new float[query.Shape[0] * values.Shape[2]];
        var position = tokens - 1;
        using var scratch = new AttentionScratch();
        fixed (float* q = query.ToSingles(), o = output)
        {
            var inputs = new AttentionInputs { Heads = query.Shape[0], Rows = 1, Queries = q, Output = o, Positions = &position };
            AttentionOperation.Forward(
                ComputePool.Shared, scratch, new SoftmaxRule((float)(1 / Math.Sqrt(width))), [new AttentionSpan(state, 0, 1, RowVisibility.Full) { ReadOnly = true }], inputs);
        }

        // Relative above 1: where a value of 4,319 comes out, neighbouring floats are 5e-4 apart.
        check.Tensor(expected["attention_output"], output, Tolerance.AbsoluteOrRelative(@case.File.Tolerance("attention_output")));

        void Compare(string name, ReadSlot slot)
        {
            var all = new List<float>();
            for (var head = 0; head < heads; head++)
            {
                for (var token = 0; token < tokens; token++)
                {
                    slot(head, token, read);
                    all.AddRange(read);
                }
            }

            check.That(all.SequenceEqual(expected[name].AsTensor().ToSingles()), $"expected.{name}", "the recorded numbers", "other numbers");
        }
    }

    private delegate void ReadSlot(int head, int slot, Span<float> target);

    private static TensorFormat Format(GoldenValue name) =>
        Enum.TryParse<TensorFormat>(name.AsString(), out var format) && format is TensorFormat.F32 or TensorFormat.F16 or TensorFormat.Q8_0 or TensorFormat.Q4_0
            ? format
            : throw new NotCoveredException($"the cache has no format {name.AsString()}");

    // [heads, tokens, width] to [tokens, heads · width].
    private static float[] ByToken(GoldenTensor tensor)
    {
        var (heads, tokens, width) = (tensor.Shape[0], tensor.Shape[1], tensor.Shape[2]);
        var source = tensor.ToSingles();
        var rows = new float[source.Length];
        for (var head = 0; head < heads; head++)
        {
            for (var token = 0; token < tokens; token++) source.AsSpan((head * tokens + token) * width, width).CopyTo(rows.AsSpan((token * heads + head) * width));
        }

        return rows;
    }
}
