namespace Tessera.Insight.Detection;

/// <summary>What a threshold achieves.</summary>
/// <param name="FalsePositiveRate">The share of negatives that are called positive.</param>
/// <param name="TruePositiveRate">The share of positives that are found.</param>
/// <param name="Threshold">Scores from here on are called positive.</param>
public readonly record struct RocPoint(double FalsePositiveRate, double TruePositiveRate, double Threshold);
