using Tessera.Models;
using Tessera.Models.Hooks;
using Tessera.Models.Modules;

namespace Tessera.Golden;

/// <summary>
/// What cache policies observe of attention: column sums over all rows and over a window, the last row, row entropies, made of the engine's
/// own weights; and the largest products of blocks, made of its rotated queries and keys.
/// </summary>
internal sealed class AttentionObservationReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Input.Has("model") && @case.Input.Has("window") && @case.Input.Has("block") && @case.Expected.Find("layers") is { Count: > 0 } layers && layers[0].Has("column_sum");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, input) = (@case.File, @case.Input);
        var model = GoldenModels.FromFolder<LanguageModel>(file, GoldenModels.NamedFolder(file, input["model"].AsString()), training: false);
        var ids = input["ids"].AsInts();
        var (n, window, block) = (ids.Length, input["window"].AsInt(), input["block"].AsInt());
        var (sums, entropies, products) = (new Tolerance(file.Tolerance("sums")), new Tolerance(file.Tolerance("row_entropy")), new Tolerance(file.Tolerance("block_max")));
        var capture = DecoderProbe.Run(model, [new ProbeRows(ids)], [HookPoint.QRot, HookPoint.KRot], cancellationToken);
        var layers = @case.Expected["layers"];
        for (var layer = 0; layer < layers.Count; layer++)
        {
            var attention = ((TransformerBlock)model.Stack.Blocks[layer]).Attention;
            var (heads, kvHeads) = (attention.Heads, attention.KvHeads);
            var weights = DecoderProbe.AttentionWeights(model.Stack, layer, n, hooks => DecoderProbe.Logits(model, [new ProbeRows(ids)], hooks, null, cancellationToken));
            var columns = ColumnSums(weights, heads, n, 0);
            var groups = new double[kvHeads * n];
            for (var i = 0; i < columns.Length; i++) groups[i / n * kvHeads / heads * n + i % n] += columns[i];
            var expected = layers[layer];
            check.Tensor(expected["column_sum"], columns, sums);
            check.Tensor(expected["group_column_sum"], groups, sums);
            check.Tensor(expected["window_column_sum"], ColumnSums(weights, heads, n, n - window), sums);
            check.Tensor(expected["last_row"], ColumnSums(weights, heads, n, n - 1), sums);
            check.Tensor(expected["row_entropy"], Entropies(weights, n), entropies);
            Blocks(check, expected["block_max"], Products(capture[HookPoint.QRot, layer], capture[HookPoint.KRot, layer], attention, n), n, block, products);
        }
    }

    private static double[] ColumnSums(float[] weights, int heads, int n, int fromQuery)
    {
        var sums = new double[heads * n];
        for (var head = 0; head < heads; head++)
        {
            for (var query = fromQuery; query < n; query++)
            {
                for (var key = 0; key < n; key++) sums[head * n + key] += weights[(head * n + query) * n + key];
            }
        }

        return sums;
    }

    private static double[] Entropies(float[] weights, int n)
    {
        var entropies = new double[weights.Length / n];
        for (var i = 0; i < weights.Length; i++)
        {
            if (weights[i] > 0) entropies[i / n] -= weights[i] * Math.Log(weights[i]);
        }

        return entropies;
    }

    // Mean over query heads of max(0, q·k), [query, key], without the diagonal.
    private static double[] Products(float[] q, float[] k, AttentionWeights attention, int n)
    {
        var (heads, kvHeads, size) = (attention.Heads, attention.KvHeads, attention.HeadSize);
        var means = new double[n * n];
        for (var query = 0; query < n; query++)
        {
            for (var key = 0; key < query; key++)
            {
                for (var head = 0; head < heads; head++)
                {
                    var dot = 0.0;
                    for (var i = 0; i < size; i++) dot += (double)q[(query * heads + head) * size + i] * k[(key * kvHeads + head * kvHeads / heads) * size + i];
                    means[query * n + key] += Math.Max(0, dot) / heads;
                }
            }
        }

        return means;
    }

    private static void Blocks(GoldenCheck check, GoldenValue expected, double[] products, int n, int block, Tolerance tolerance)
    {
        for (var row = 0; row < expected.Count; row++)
        {
            var largest = new double[expected[row].Count];
            for (var query = row * block; query < Math.Min(n, (row + 1) * block); query++)
            {
                for (var key = 0; key < n && key / block < largest.Length; key++) largest[key / block] = Math.Max(largest[key / block], products[query * n + key]);
            }

            check.Tensor(expected[row], largest, tolerance);
        }
    }
}
