using Tessera.Models;
using Tessera.Models.Attention;
using Tessera.Models.Hooks;
using Tessera.Models.Modules;
using Tessera.Models.State;
using Tessera.Tensors.Threads;

namespace Tessera.Golden;

/// <summary>
/// What cache policies observe of attention: column sums over all rows and over a window, the last row, row entropies, the largest products of
/// blocks. Each layer's rotated queries and keys are taken out of a pass by hooks and given to the attention once more, with observations.
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
        var request = new ObservationRequest { ColumnSums = true, WindowRows = input["window"].AsInt(), LastRow = true, RowEntropies = true, BlockMax = input["block"].AsInt() };
        var (sums, entropies, products) = (new Tolerance(file.Tolerance("sums")), new Tolerance(file.Tolerance("row_entropy")), new Tolerance(file.Tolerance("block_max")));
        var capture = DecoderProbe.Run(model, [new ProbeRows(ids)], [HookPoint.QRot, HookPoint.KRot, HookPoint.V], cancellationToken);
        var layers = @case.Expected["layers"];
        for (var layer = 0; layer < layers.Count; layer++)
        {
            var attention = ((TransformerBlock)model.Stack.Blocks[layer]).Attention;
            var seen = Observe(attention, capture, layer, ids.Length, request);
            var expected = layers[layer];
            check.Tensor(expected["column_sum"], ByHead(seen.ColumnSums, seen.Heads), sums);
            check.Tensor(expected["window_column_sum"], ByHead(seen.WindowColumnSums, seen.Heads), sums);
            check.Tensor(expected["last_row"], ByHead(seen.LastRow, seen.Heads), sums);
            check.Tensor(expected["row_entropy"], ByHead(seen.RowEntropies, seen.Heads), entropies);
            var groups = new float[seen.KvHeads * ids.Length];
            for (var head = 0; head < seen.KvHeads; head++) seen.Group(head, seen.ColumnSums, groups.AsSpan(head * ids.Length, ids.Length));
            check.Tensor(expected["group_column_sum"], groups, sums);
            var blocks = expected["block_max"];
            for (var block = 0; block < blocks.Count; block++) check.Tensor(blocks[block], seen.BlockMaxima(block), products);
        }
    }

    private static unsafe AttentionObservations Observe(AttentionWeights attention, Capture capture, int layer, int rows, ObservationRequest request)
    {
        var seen = new AttentionObservations(request);
        using var state = new KeyValueState(attention.KvHeads, attention.HeadSize, options: KeyValueOptions.Full);
        using var scratch = new AttentionScratch();
        var output = new float[rows * attention.Heads * attention.HeadSize];
        int[] positions = [.. Enumerable.Range(0, rows)];
        fixed (float* q = capture[HookPoint.QRot, layer], k = capture[HookPoint.KRot, layer], v = capture[HookPoint.V, layer], y = output)
        fixed (int* p = positions)
        {
            var inputs = new AttentionInputs { Heads = attention.Heads, Rows = rows, Queries = q, Keys = k, Values = v, Output = y, Positions = p };
            AttentionOperation.Forward(ComputePool.Shared, scratch, attention.Rule, [new AttentionSpan(state, 0, rows, RowVisibility.Causal)], inputs, [seen]);
        }

        return seen;
    }

    private static float[] ByHead(Func<int, ReadOnlySpan<float>> figure, int heads)
    {
        var all = new List<float>();
        for (var head = 0; head < heads; head++) all.AddRange(figure(head));
        return [.. all];
    }
}
