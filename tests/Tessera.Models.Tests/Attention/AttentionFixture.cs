using Tessera.Models.Attention;
using Tessera.Models.State;
using Tessera.Tensors;
using Tessera.Tensors.Threads;

namespace Tessera.Models.Tests.Attention;

/// <summary>Random rows of one sequence, the operation run on any cut of them, and the double-precision twin that defines the result.</summary>
internal sealed unsafe class AttentionFixture
{
    internal AttentionFixture(int rows, int heads, int kvHeads, int headSize, int valueSize = 0, int seed = 1, float peak = 1f)
    {
        (Rows, Heads, KvHeads, HeadSize, ValueSize) = (rows, heads, kvHeads, headSize, valueSize == 0 ? headSize : valueSize);
        var random = new Random(seed);
        Q = Floats(rows * heads * HeadSize, peak);
        K = Floats(rows * kvHeads * HeadSize, 1f);
        V = Floats(rows * kvHeads * ValueSize, 1f);
        Positions = [.. Enumerable.Range(0, rows)];

        float[] Floats(int count, float scale)
        {
            var values = new float[count];
            for (var i = 0; i < count; i++) values[i] = (float)(random.NextDouble() * 2 - 1) * scale;
            return values;
        }
    }

    internal int Rows { get; }

    internal int Heads { get; }

    internal int KvHeads { get; }

    internal int HeadSize { get; }

    internal int ValueSize { get; }

    internal float[] Q { get; }

    internal float[] K { get; }

    internal float[] V { get; }

    internal int[] Positions { get; set; }

    internal AttentionRule Rule { get; set; } = new SoftmaxRule(0.3f);

    internal KeyValueOptions Options { get; set; } = KeyValueOptions.Full;

    internal KeyValueState NewState(PagePool? pool = null) => new(KvHeads, HeadSize, ValueSize, Options, pool);

    /// <summary>Runs rows [first, first + count) against a state that holds what came before.</summary>
    internal float[] Run(KeyValueState state, int first, int count, RowVisibility? visibility = null, ComputePool? pool = null, int[]? tokens = null)
    {
        var output = new float[count * Heads * ValueSize];
        using var scratch = new AttentionScratch();
        fixed (float* q = Q, k = K, v = V, o = output)
        fixed (int* p = Positions, t = tokens)
        {
            var inputs = new AttentionInputs
            {
                Heads = Heads, Rows = count, Queries = q + first * Heads * HeadSize, Keys = k + first * KvHeads * HeadSize,
                Values = v + first * KvHeads * ValueSize, Output = o, Positions = p + first, Tokens = t,
            };
            AttentionOperation.Forward(pool ?? ComputePool.Shared, scratch, Rule, [new AttentionSpan(state, 0, count, visibility ?? RowVisibility.Causal)], inputs);
        }

        return output;
    }

    /// <summary>Runs all rows in pieces of the given size, causally.</summary>
    internal float[] RunInPieces(int size, ComputePool? pool = null)
    {
        using var state = NewState();
        var output = new List<float>();
        for (var first = 0; first < Rows; first += size) output.AddRange(Run(state, first, Math.Min(size, Rows - first), null, pool));
        return [.. output];
    }

    /// <summary>The definition, in double: softmax over the visible keys of a shaped score.</summary>
    internal double[] Twin(Func<int, int, bool> visible, Func<int, int, int, double, double> score, KeyValueState? stored = null)
    {
        var output = new double[Rows * Heads * ValueSize];
        var key = new float[HeadSize];
        var value = new float[ValueSize];
        for (var row = 0; row < Rows; row++)
        {
            for (var head = 0; head < Heads; head++)
            {
                var kv = head / (Heads / KvHeads);
                var scores = new double[Rows];
                var max = double.NegativeInfinity;
                for (var j = 0; j < Rows; j++)
                {
                    if (!visible(row, j)) continue;
                    Key(kv, j);
                    var dot = 0.0;
                    for (var i = 0; i < HeadSize; i++) dot += (double)Q[(row * Heads + head) * HeadSize + i] * key[i];
                    scores[j] = score(head, row, j, dot);
                    max = Math.Max(max, scores[j]);
                }

                var sum = 0.0;
                for (var j = 0; j < Rows; j++) sum += visible(row, j) ? scores[j] = Math.Exp(scores[j] - max) : 0;
                for (var j = 0; j < Rows; j++)
                {
                    if (!visible(row, j)) continue;
                    Value(kv, j);
                    for (var i = 0; i < ValueSize; i++) output[(row * Heads + head) * ValueSize + i] += scores[j] / sum * value[i];
                }
            }
        }

        return output;

        void Key(int kv, int j)
        {
            if (stored is null) K.AsSpan((j * KvHeads + kv) * HeadSize, HeadSize).CopyTo(key);
            else stored.ReadKey(kv, j, key);
        }

        void Value(int kv, int j)
        {
            if (stored is null) V.AsSpan((j * KvHeads + kv) * ValueSize, ValueSize).CopyTo(value);
            else stored.ReadValue(kv, j, value);
        }
    }

    internal static void ShouldBeClose(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected, double tolerance = 1e-5)
    {
        actual.Length.ShouldBe(expected.Length);
        for (var i = 0; i < actual.Length; i++) Math.Abs(actual[i] - expected[i]).ShouldBeLessThanOrEqualTo(tolerance, $"element {i}: {actual[i]} instead of {expected[i]}");
    }

    internal static void ShouldBeSameBits(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        actual.Length.ShouldBe(expected.Length);
        for (var i = 0; i < actual.Length; i++)
            BitConverter.SingleToInt32Bits(actual[i]).ShouldBe(BitConverter.SingleToInt32Bits(expected[i]), $"element {i}: {actual[i]} instead of {expected[i]}");
    }
}
