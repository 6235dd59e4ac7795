namespace Tessera.Learning.Training;

/// <summary>Where a run stands after a step.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="TotalSteps">Steps of the run.</param>
/// <param name="Loss">Mean loss of the step's tokens, in nats.</param>
/// <param name="HeldOutLoss">Mean loss of the held-out windows, in nats; null where this step did not evaluate.</param>
/// <param name="LearningRate">The step's learning rate.</param>
/// <param name="GradientNorm">The global norm before clipping.</param>
/// <param name="TokensPerSecond">Tokens trained on a second, over this call's steps.</param>
/// <param name="Remaining">Time to the end at that speed.</param>
public readonly record struct TrainingProgress(
    int Step, int TotalSteps, double Loss, double? HeldOutLoss, double LearningRate, double GradientNorm, double TokensPerSecond, TimeSpan Remaining);
