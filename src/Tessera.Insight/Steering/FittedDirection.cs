namespace Tessera.Insight.Steering;

/// <summary>A direction between two sides of activations.</summary>
/// <param name="Direction">
/// The direction, [width]: for <see cref="DirectionMethod.MeanDifference"/> the difference itself, for principal components the unit vector on
/// whose positive side the positive activations lie.
/// </param>
/// <param name="Separation">How far apart the two sides' means are along the direction: the difference of their mean projections on the unit vector.</param>
/// <param name="ExplainedShare">
/// The share, from 0 to 1, of the differences' squares (about their mean where centred) that lies along the direction: 1 where all pairs differ
/// along one line. Null where the sides are not paired.
/// </param>
public sealed record FittedDirection(double[] Direction, double Separation, double? ExplainedShare)
{
    /// <summary>
    /// The direction with the length of the separation: adding it once moves an activation as far along the direction as the two sides are
    /// apart, whatever the method.
    /// </summary>
    public float[] AsSteering()
    {
        var norm = Math.Sqrt(Direction.Sum(v => v * v));
        return norm == 0 ? new float[Direction.Length] : Array.ConvertAll(Direction, v => (float)(v / norm * Separation));
    }
}
