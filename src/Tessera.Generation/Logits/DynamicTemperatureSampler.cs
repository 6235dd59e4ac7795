namespace Tessera.Generation;

/// <summary>
/// A temperature that follows the model's certainty: T − range where it is sure, T + range where it has no idea. With the entropy H of
/// the n candidates: T′ = lo + (hi − lo) · (H / ln n)^exponent, lo never below 0. As in llama.cpp, where tokens ruled out by −∞ count
/// among the n.
/// </summary>
public sealed class DynamicTemperatureSampler : LogitsStage
{
    private readonly double _low;
    private readonly double _high;
    private readonly double _exponent;

    /// <summary>Creates the stage.</summary>
    /// <param name="temperature">The middle, at least 0.</param>
    /// <param name="range">How far it may go either way, at least 0.</param>
    /// <param name="exponent">Bends the way between the ends; above 0, 1 is straight.</param>
    public DynamicTemperatureSampler(double temperature, double range, double exponent = 1)
    {
        Require.NotNegative(temperature, "Temperature");
        Require.NotNegative(range, "DynamicTemperatureRange");
        _low = Math.Max(0, temperature - range);
        _high = temperature + range;
        _exponent = Require.Positive(exponent, "DynamicTemperatureExponent");
    }

    /// <inheritdoc/>
    public override string Name => "dynamic temperature";

    /// <inheritdoc/>
    public override void Apply(Candidates candidates, in StageContext context)
    {
        if (candidates.Count + candidates.ImpossibleCount == 1)
            return;
        var entropy = candidates.Statistics(0).Entropy / Math.Log(candidates.Count + candidates.ImpossibleCount);
        candidates.Heat(_low + (_high - _low) * Math.Pow(Math.Max(entropy, 0), _exponent));
    }
}
