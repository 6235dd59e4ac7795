using Tessera.Models.Hooks;

namespace Tessera.Golden;

/// <summary>Steering: vectors[layer] times a scale is added behind each layer of an inclusive range, at all or at given positions.</summary>
internal sealed class SteeringReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => @case.Kind == "steering" && file.Root.Has("model") && @case.Input.Has("vectors") && @case.Expected.Has("runs");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var model = HookCases.Model(@case);
        var ids = @case.Input["ids"].AsInts();
        var tensors = GoldenTensors.Open(@case.Expected["tensors"].AsFilePath());
        var vectors = tensors[@case.Input["vectors"].AsString()];
        var width = vectors.Shape[1];
        var values = vectors.ToSingles();
        foreach (var run in @case.Expected["runs"].Items)
        {
            var layers = run["layers"].AsInts();
            var scale = (float)run["scale"].AsDouble();
            var positions = run["positions"] is { IsNull: false } given ? given.AsInts() : null;
            var hooks = new HookTable();
            hooks.Edit(HookPoint.ResidPost, (in HookContext context, Span<float> rows) =>
            {
                for (var row = 0; row < context.Rows.Count; row++)
                {
                    if (positions is not null && !positions.Contains(context.Rows.Positions[row])) continue;
                    for (var i = 0; i < width; i++) rows[row * width + i] += scale * values[context.Layer * width + i];
                }
            }, layers[0], layers[1]);
            var key = run["logits"].AsString();
            check.Tensor(run["logits"].Path, tensors[key], DecoderProbe.Logits(model, [new ProbeRows(ids)], hooks, null, cancellationToken), new Tolerance(@case.File.Tolerance("all")));
        }
    }
}
