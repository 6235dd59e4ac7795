namespace Tessera.Learning.Optimisers;

/// <summary>The learning rate of each step: a linear warm-up to the peak, then a shape that ends at the minimum.</summary>
public sealed record LearningRateSchedule
{
    /// <summary>The largest learning rate.</summary>
    public required double Peak { get; init; }

    /// <summary>Where the shape ends. Default 0.</summary>
    public double Minimum { get; init; }

    /// <summary>Steps of warm-up. Default 0.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>All steps, the warm-up included.</summary>
    public required int TotalSteps { get; init; }

    /// <summary>The shape. Default cosine.</summary>
    public ScheduleShape Shape { get; init; } = ScheduleShape.Cosine;

    /// <summary>The step at which <see cref="ScheduleShape.WarmupStableDecay"/> begins to fall, as a share of all steps. Default 0.8.</summary>
    public double DecayStart { get; init; } = 0.8;

    /// <summary>Whether the warm-up starts at 0 (transformers), so that the first step changes nothing, or at Peak/WarmupSteps. Default false.</summary>
    public bool WarmupFromZero { get; init; }

    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">The step, 0-based; beyond the last one the end value holds.</param>
    public double At(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (step < WarmupSteps) return Peak * (WarmupFromZero ? step : step + 1) / WarmupSteps;
        var progress = Math.Clamp((step - WarmupSteps) / (double)Math.Max(1, TotalSteps - WarmupSteps), 0, 1);
        switch (Shape)
        {
            case ScheduleShape.Linear:
                return Minimum + (1 - progress) * (Peak - Minimum);
            case ScheduleShape.Cosine:
                return Minimum + 0.5 * (1 + Math.Cos(Math.PI * progress)) * (Peak - Minimum);
            case ScheduleShape.WarmupStableDecay:
                var start = DecayStart * TotalSteps;
                var fallen = Math.Clamp((step - start) / Math.Max(1, TotalSteps - start), 0, 1);
                return fallen == 0 ? Peak : Minimum + (1 - Math.Sqrt(fallen)) * (Peak - Minimum);
            default:
                return Peak;
        }
    }
}
