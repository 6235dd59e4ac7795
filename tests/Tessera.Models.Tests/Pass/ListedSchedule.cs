using Tessera.Models.Passes;

namespace Tessera.Models.Tests;

/// <summary>A schedule that runs, in each pass and layer, the tokens of a list; a layer without a list runs everything.</summary>
internal sealed class ListedSchedule(LeftOutRows leftOut, params int[]?[][] passes) : LayerSchedule
{
    private int _pass = -1;

    /// <summary>A layer at which it throws in every pass from the second on; -1 for none.</summary>
    public int FailsAt { get; init; } = -1;

    public override LayerPlan Plan(in ScheduleStep step)
    {
        if (step.IsFirst) _pass++;
        if (_pass > 0 && step.Layer == FailsAt) throw new InvalidOperationException("as told");
        return passes[Math.Min(_pass, passes.Length - 1)][step.Layer] is { } tokens ? LayerPlan.Run(tokens, leftOut) : LayerPlan.All;
    }

    protected override LayerSchedule Copy() => new ListedSchedule(leftOut, passes) { _pass = _pass };
}
