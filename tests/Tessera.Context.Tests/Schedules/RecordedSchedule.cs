using Tessera.Models.Attention;
using Tessera.Models.Passes;
using Tessera.Models.State;

namespace Tessera.Context.Tests;

/// <summary>Another schedule with a record of what it chose: for each pass and layer the tokens that ran, and those that could be seen.</summary>
internal sealed class RecordedSchedule(LayerSchedule inner) : LayerSchedule
{
    /// <summary>One pass: by layer.</summary>
    public sealed record PassRecord(List<int[]> Computed, List<int[]> Active);

    public List<PassRecord> Passes { get; } = [];

    public override LayerPlan Plan(in ScheduleStep step)
    {
        if (step.IsFirst) Passes.Add(new PassRecord([], []));
        var plan = inner.Plan(step);
        int[] run = plan.Chooses ? [.. plan.Tokens] : [.. step.Stream];
        var read = plan.ChoosesCached ? plan.Cached.ToArray() : [.. Cached((KeyValueState)step.Sequence.States[step.Layer])];
        Passes[^1].Computed.Add(run);
        Passes[^1].Active.Add([.. run.Concat(read).Order()]);
        return plan;
    }

    public override ObservationRequest? Observe(in ScheduleStep step) => inner.Observe(step);

    public override void After(in ScheduleStep step, AttentionObservations figures) => inner.After(step, figures);

    protected override LayerSchedule Copy() => new RecordedSchedule(inner.Fork());

    public static IEnumerable<int> Cached(KeyValueState state) => Enumerable.Range(0, state.SlotCount(0)).Select(slot => state.TokenOf(0, slot));
}
