using Tessera.Models;
using Tessera.Models.Attention;
using Tessera.Models.Hooks;
using Tessera.Models.Modules;
using Tessera.Models.State;
using Tessera.Tensors.Threads;

namespace Tessera.Golden;

/// <summary>The same cases as <see cref="AttentionObservationReader"/>, with the figures that the engine's attention reports about itself.</summary>
internal sealed unsafe class AttentionFigureReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        @case.Has("input") && @case.Input.Has("model") && @case.Input.Has("window") && @case.Input.Has("block") && @case.Expected.Find("layers") is { Count: > 0 } layers && layers[0].Has("column_sum");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var (file, input) = (@case.File, @case.Input);
        var model = GoldenModels.FromFolder<LanguageModel>(file, GoldenModels.NamedFolder(file, input["model"].AsString()), training: false);
        var ids = input["ids"].AsInts();
        var request = new ObservationRequest
        {
            ColumnSums = true, WindowRows = input["window"].AsInt(), LastRow = true, RowEntropies = true, BlockMax = input["block"].AsInt(),
        };
        var (sums, entropies, products) = (new Tolerance(file.Tolerance("sums")), new Tolerance(file.Tolerance("row_entropy")), new Tolerance(file.Tolerance("block_max")));
        var capture = DecoderProbe.Run(model, [new ProbeRows(ids)], [HookPoint.QRot, HookPoint.KRot, HookPoint.V], cancellationToken);
        var layers = @case.Expected["layers"];
        for (var layer = 0; layer < layers.Count; layer++)
        {
            var attention = ((TransformerBlock)model.Stack.Blocks[layer]).Attention;
            var seen = Observe(attention, capture[HookPoint.QRot, layer], capture[HookPoint.KRot, layer], capture[HookPoint.V, layer], ids.Length, request);
            var expected = layers[layer];
            check.Tensor(expected["column_sum"], Heads(seen.ColumnSums, attention.Heads), sums);
            check.Tensor(expected["window_column_sum"], Heads(seen.WindowColumnSums, attention.Heads), sums);
            check.Tensor(expected["last_row"], Heads(seen.LastRow, attention.Heads), sums);
            check.Tensor(expected["row_entropy"], Heads(seen.RowEntropies, attention.Heads), entropies);
            check.Tensor(expected["group_column_sum"], Heads(Grouped, attention.KvHeads), sums);
            for (var block = 0; block < expected["block_max"].Count; block++) check.Tensor(expected["block_max"][block], seen.BlockMaxima(block), products);

            ReadOnlySpan<float> Grouped(int kvHead)
            {
                var target = new float[ids.Length];
                seen.Group(kvHead, seen.ColumnSums, target);
                return target;
            }
        }
    }

    private static AttentionObservations Observe(AttentionWeights attention, float[] queries, float[] keys, float[] values, int rows, ObservationRequest request)
    {
        var seen = new AttentionObservations(request);
        using var state = new KeyValueState(attention.KvHeads, attention.HeadSize, options: KeyValueOptions.Full);
        using var scratch = new AttentionScratch();
        fixed (float* q = queries, k = keys, v = values, o = new float[queries.Length])
        fixed (int* p = Enumerable.Range(0, rows).ToArray())
        {
            var inputs = new AttentionInputs { Heads = attention.Heads, Rows = rows, Queries = q, Keys = k, Values = v, Output = o, Positions = p };
            AttentionOperation.Forward(ComputePool.Shared, scratch, attention.Rule, [new AttentionSpan(state, 0, rows, RowVisibility.Causal)], inputs, [seen]);
        }

        return seen;
    }

    private static float[] Heads(Func<int, ReadOnlySpan<float>> figure, int heads)
    {
        var all = new List<float>();
        for (var head = 0; head < heads; head++) all.AddRange(figure(head));
        return [.. all];
    }
}
