namespace Tessera.Generation;

/// <summary>Divides the logits by a temperature: below 1 the distribution sharpens, above 1 it flattens. 0 keeps the best token alone (greedy).</summary>
public sealed class TemperatureSampler : LogitsStage
{
    private readonly double _temperature;

    /// <summary>Creates the stage.</summary>
    /// <param name="temperature">At least 0; 0 keeps the token with the largest logit, the lowest id on ties.</param>
    public TemperatureSampler(double temperature)
    {
        Require.NotNegative(temperature, "Temperature");
        _temperature = temperature;
    }

    /// <inheritdoc/>
    public override string Name => "temperature";

    /// <inheritdoc/>
    public override void Apply(Candidates candidates, in StageContext context) => candidates.Heat(_temperature);
}
