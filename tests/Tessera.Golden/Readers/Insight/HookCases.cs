using Tessera.Models;
using Tessera.Models.Hooks;

namespace Tessera.Golden;

/// <summary>What the readers of interventions share.</summary>
internal static class HookCases
{
    /// <summary>The model that the file names: a folder beside it, or a real model.</summary>
    public static LanguageModel Model(GoldenCase @case)
    {
        var folder = GoldenModels.NamedFolder(@case.File, @case.File.Root["model"].AsString());
        return folder.StartsWith(@case.File.Directory.Root, StringComparison.Ordinal)
            ? GoldenModels.FromFolder<LanguageModel>(@case.File, folder, training: false)
            : GoldenModels.Real<LanguageModel>(@case.File, @case.File.Root["model"].AsString());
    }

    /// <summary>A hook that overwrites part of the row at one position by that part of another run's row.</summary>
    public static HookTable Patch(HookPoint point, int layer, int position, int from, int count, ReadOnlyMemory<float> row)
    {
        var hooks = new HookTable();
        hooks.Edit(point, (in HookContext context, Span<float> values) =>
        {
            var width = values.Length / context.Rows.Count;
            var at = context.Rows.Positions.IndexOf(position);
            if (at >= 0) row.Span.Slice(from, count).CopyTo(values.Slice(at * width + from, count));
        }, layer, layer);
        return hooks;
    }
}
