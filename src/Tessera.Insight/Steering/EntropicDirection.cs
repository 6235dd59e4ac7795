namespace Tessera.Insight.Steering;

/// <summary>What entropy-weighted averaging finds, in double precision.</summary>
/// <param name="Weights">The share of each prompt: its action entropy over the sum of all.</param>
/// <param name="WeightedMean">Σ weight · activation, [width].</param>
/// <param name="Direction">
/// The steering direction: the weighted mean, less the plain mean where the method centres. At its own length.
/// </param>
/// <param name="MeanNorm">The mean Euclidean length of the activations.</param>
/// <param name="HasSignal">Whether the prompts' entropies tell anything: false where all are equal, so that the centred direction is nothing but rounding.</param>
public sealed record EntropicDirection(double[] Weights, double[] WeightedMean, double[] Direction, double MeanNorm, bool HasSignal)
{
    /// <summary>The direction at a length that means the same for all models: a share of the activations' own mean length.</summary>
    /// <param name="share">The share; 0.1 makes multipliers of 1 to 5 useful.</param>
    /// <returns>[width]; null where the direction has no length or there is no signal in it.</returns>
    public double[]? Scaled(double share = 0.1)
    {
        var norm = Math.Sqrt(Direction.Sum(v => v * v));
        return IsNothing(norm, MeanNorm) ? null : Array.ConvertAll(Direction, v => v / norm * share * MeanNorm);
    }

    // Rounding of sums of numbers of the activations' size.
    internal static bool IsNothing(double norm, double meanNorm) => norm <= 1e-12 * meanNorm;
}
