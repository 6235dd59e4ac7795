using Tessera.Models.Attention;
using Tessera.Models.State;
using Tessera.Tensors.Threads;

namespace Tessera.Golden;

/// <summary>
/// Attention over queries, keys and values that a case stores, [heads, tokens, head size], through the engine's cache, under a policy: rows can be run in
/// any pieces, one layer, no model.
/// </summary>
internal sealed unsafe class StoredAttention : IDisposable
{
    private readonly GoldenTensor _queries;
    private readonly GoldenTensor _keys;
    private readonly GoldenTensor _values;
    private readonly AttentionScratch _scratch = new();

    public StoredAttention(GoldenTensor queries, GoldenTensor keys, GoldenTensor values)
    {
        (_queries, _keys, _values) = (queries, keys, values);
        State = new KeyValueState(keys.Shape[0], keys.Shape[2], values.Shape[2], KeyValueOptions.Full);
        Rule = new SoftmaxRule((float)(1 / Math.Sqrt(keys.Shape[2])));
    }

    public KeyValueState State { get; }

    public AttentionRule Rule { get; }

    public int Heads => _queries.Shape[0];

    public int ValueSize => _values.Shape[2];

    /// <summary>Runs tokens [first, first + count).</summary>
    /// <returns>[count, heads · value size].</returns>
    public float[] Run(int first, int count, IAttentionPolicy? policy)
    {
        var (q, k, v) = (Rows(_queries, first, count), Rows(_keys, first, count), Rows(_values, first, count));
        var output = new float[count * Heads * ValueSize];
        int[] positions = [.. Enumerable.Range(first, count)];
        fixed (float* queries = q, keys = k, values = v, y = output)
        fixed (int* p = positions)
        {
            var inputs = new AttentionInputs { Heads = Heads, Rows = count, Queries = queries, Keys = keys, Values = values, Output = y, Positions = p };
            AttentionOperation.Forward(ComputePool.Shared, _scratch, Rule, [new AttentionSpan(State, 0, count, RowVisibility.Causal)], inputs, 0, [policy]);
        }

        return output;
    }

    /// <summary>Plain attention of one query row, [heads, head size], over what the state holds.</summary>
    public float[] Read(ReadOnlySpan<float> query, RowVisibility? visibility = null)
    {
        var output = new float[Heads * ValueSize];
        var position = State.Length;
        fixed (float* q = query, y = output)
        {
            var inputs = new AttentionInputs { Heads = Heads, Rows = 1, Queries = q, Output = y, Positions = &position };
            AttentionOperation.Forward(ComputePool.Shared, _scratch, Rule, [new AttentionSpan(State, 0, 1, visibility ?? RowVisibility.Full) { ReadOnly = true }], inputs);
        }

        return output;
    }

    public void Dispose()
    {
        State.Dispose();
        _scratch.Dispose();
    }

    // [heads, tokens, width] to [count, heads · width].
    private static float[] Rows(GoldenTensor tensor, int first, int count)
    {
        var (heads, tokens, width) = (tensor.Shape[0], tensor.Shape[1], tensor.Shape[2]);
        var rows = new float[count * heads * width];
        for (var head = 0; head < heads; head++)
        {
            for (var row = 0; row < count; row++)
            {
                for (var i = 0; i < width; i++) rows[(row * heads + head) * width + i] = (float)tensor.Values[(head * tokens + first + row) * width + i];
            }
        }

        return rows;
    }
}
