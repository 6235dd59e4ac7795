using Tessera.Models;
using Tessera.Models.Hooks;

namespace Tessera.Golden;

/// <summary>
/// Activation patching (Meng et al., 2022; Wang et al., 2022): a row of the clean run is put into the corrupt run, and the difference of two
/// tokens' logits at the last position is watched; heads are patched at all positions, and zeroed on the clean run.
/// </summary>
internal sealed class PatchingReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => @case.Kind == "patching" && file.Root.Has("model") && @case.Input.Has("clean") && @case.Expected.Has("patchedByLayerAndPosition");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var expected = @case.Expected;
        var tolerance = new Tolerance(@case.File.Tolerance("all"));
        var model = HookCases.Model(@case);
        var (clean, corrupt) = (new ProbeRows(@case.Input["clean"].AsInts()), new ProbeRows(@case.Input["corrupt"].AsInts()));
        var (a, b) = (@case.Input["tokenA"].AsInt(), @case.Input["tokenB"].AsInt());
        var source = DecoderProbe.Run(model, [clean], [HookPoint.ResidPre, HookPoint.AttnOut, HookPoint.MlpOut, HookPoint.HeadOut], cancellationToken);
        var (layers, positions) = (model.Stack.Blocks.Count, clean.Ids.Length);

        check.Close(expected["cleanLogitDifference"], Difference(clean, null), tolerance);
        check.Close(expected["corruptLogitDifference"], Difference(corrupt, null), tolerance);
        foreach (var (name, grid) in expected["patchedByLayerAndPosition"].Properties)
        {
            var point = Enum.Parse<HookPoint>(name);
            check.Tensor(grid, Grid(layers, positions, (layer, position) =>
            {
                var row = source[point, layer];
                var width = row.Length / positions;
                return Difference(corrupt, HookCases.Patch(point, layer, position, 0, width, row.AsMemory(position * width, width)));
            }), tolerance);
        }

        var attention = ((Tessera.Models.Modules.TransformerBlock)model.Stack.Blocks[0]).Attention;
        check.Tensor(expected["patchedHeadOutByLayerAndHead"], Grid(layers, attention.Heads, (layer, head) => Difference(corrupt, Head(layer, head, source[HookPoint.HeadOut, layer]))), tolerance);
        check.Tensor(expected["zeroAblatedHeadOnCleanByLayerAndHead"], Grid(layers, attention.Heads, (layer, head) => Difference(clean, Head(layer, head, null))), tolerance);

        double Difference(ProbeRows rows, HookTable? hooks)
        {
            var logits = DecoderProbe.Logits(model, [rows], hooks, null, cancellationToken).AsSpan()[^model.VocabularySize..];
            return logits[a] - (double)logits[b];
        }

        // One head's part of every row, replaced or zeroed.
        HookTable Head(int layer, int head, float[]? replacement)
        {
            var hooks = new HookTable();
            hooks.Edit(HookPoint.HeadOut, (in HookContext context, Span<float> values) =>
            {
                for (var row = 0; row < context.Rows.Count; row++)
                {
                    var at = (row * attention.Heads + head) * attention.HeadSize;
                    if (replacement is null) values.Slice(at, attention.HeadSize).Clear();
                    else replacement.AsSpan(at, attention.HeadSize).CopyTo(values[at..]);
                }
            }, layer, layer);
            return hooks;
        }
    }

    private static double[] Grid(int rows, int columns, Func<int, int, double> value) =>
        [.. from row in Enumerable.Range(0, rows) from column in Enumerable.Range(0, columns) select value(row, column)];
}
