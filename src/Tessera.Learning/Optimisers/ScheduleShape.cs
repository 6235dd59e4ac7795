namespace Tessera.Learning.Optimisers;

/// <summary>The course of the learning rate behind its warm-up.</summary>
public enum ScheduleShape
{
    /// <summary>The peak throughout.</summary>
    Constant,

    /// <summary>A line from the peak to the minimum.</summary>
    Linear,

    /// <summary>Half a cosine from the peak to the minimum.</summary>
    Cosine,

    /// <summary>The peak until the decay begins, then the minimum + (1 − √r)·(peak − minimum): warm-up, stable, decay.</summary>
    WarmupStableDecay,
}
