using Tessera.Learning.Optimisers;

namespace Tessera.Golden;

/// <summary>
/// Learning rates step by step, of the schedules that the trainer has. The reference goes on behind the planned steps, where a cosine rises
/// again; a run ends there, so only planned steps are compared.
/// </summary>
internal sealed class ScheduleReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) => @case.Has("options") && @case.Value["options"].Has("schedule") && @case.Expected.Has("lr") && Schedule(@case.Value["options"]) is not null;

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var schedule = Schedule(@case.Value["options"])!;
        var rates = @case.Expected["lr"].AsDoubles();
        var tolerance = new Tolerance(@case.File.Tolerance("lr"));
        for (var step = 0; step < Math.Min(rates.Length, schedule.TotalSteps); step++) check.Close($"expected.lr[{step}]", rates[step], schedule.At(step), tolerance);
    }

    // Null for a schedule, or an option of one, that the trainer does not have.
    private static LearningRateSchedule? Schedule(GoldenValue options)
    {
        var known = options.Properties.Select(static p => p.Key).Except(["schedule", "warmup", "total", "base_lr"]).ToHashSet();
        var (total, warmup, peak) = (options["total"].AsInt(), options["warmup"].AsInt(), options["base_lr"].AsDouble());
        var schedule = new LearningRateSchedule { Peak = peak, TotalSteps = total, WarmupSteps = warmup, WarmupFromZero = true };
        switch (options["schedule"].AsString())
        {
            case "constant" when known.Count == 0:
                return schedule with { Shape = ScheduleShape.Constant, WarmupSteps = 0 };
            case "constant_with_warmup" when known.Count == 0:
                return schedule with { Shape = ScheduleShape.Constant };
            case "linear" when known.Count == 0:
                return schedule with { Shape = ScheduleShape.Linear };
            case "cosine" when known.Count == 0:
                return schedule with { Shape = ScheduleShape.Cosine };
            case "cosine_with_min_lr" when known.SetEquals(["min_lr"]):
                return schedule with { Shape = ScheduleShape.Cosine, Minimum = options["min_lr"].AsDouble() };
            case "cosine_with_min_lr" when known.SetEquals(["min_lr_rate"]):
                return schedule with { Shape = ScheduleShape.Cosine, Minimum = peak * options["min_lr_rate"].AsDouble() };
            case "own_cosine" when known.SetEquals(["min_lr"]):
                return schedule with { Shape = ScheduleShape.Cosine, WarmupFromZero = false, Minimum = options["min_lr"].AsDouble() };
            case "own_wsd" when known.SetEquals(["min_lr"]):
                return schedule with { Shape = ScheduleShape.WarmupStableDecay, WarmupFromZero = false, Minimum = options["min_lr"].AsDouble() };
            default:
                return null;
        }
    }
}
