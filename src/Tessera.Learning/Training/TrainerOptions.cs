using Tessera.Learning.Optimisers;

namespace Tessera.Learning.Training;

/// <summary>What a training run does.</summary>
public sealed record TrainerOptions
{
    /// <summary>The learning rate of each step; its total is the run's length.</summary>
    public required LearningRateSchedule Schedule { get; init; }

    /// <summary>Sequences of a step. Default 16.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Sequences that run at once; a step accumulates over its micro-batches. Default 16.</summary>
    public int MicroBatchSize { get; init; } = 16;

    /// <summary>The optimiser's constants.</summary>
    public AdamWOptions Optimiser { get; init; } = new() { Beta2 = 0.95f, WeightDecay = 0.1f };

    /// <summary>Largest global norm of the gradients. Default 1.</summary>
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>Where checkpoints go; none are written if null.</summary>
    public string? CheckpointDirectory { get; init; }

    /// <summary>Steps between checkpoints. Default 200.</summary>
    public int CheckpointEvery { get; init; } = 200;

    /// <summary>Steps between evaluations on the held-out windows. Default 200.</summary>
    public int EvaluateEvery { get; init; } = 200;
}
