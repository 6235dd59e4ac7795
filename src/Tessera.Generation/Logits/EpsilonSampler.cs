namespace Tessera.Generation;

/// <summary>Drops tokens with a probability below ε (Hewitt et al. 2022, "Truncation Sampling as Language Model Desmoothing", arXiv 2210.15191).</summary>
[Method("epsilon", "Truncation Sampling as Language Model Desmoothing", "2210.15191", 2022, MethodStage.Logits)]
public sealed class EpsilonSampler : LogitsStage
{
    private readonly double _epsilon;
    private readonly int _minKeep;

    /// <summary>Creates the stage.</summary>
    /// <param name="epsilon">The smallest probability that stays, in (0, 1); the paper uses 0.0003 to 0.0009. Default 0.0006.</param>
    /// <param name="minKeep">Most probable tokens that stay in any case, at least 1; those equal to the last of them stay as well.</param>
    public EpsilonSampler(double epsilon = 0.0006, int minKeep = 1)
    {
        _epsilon = Require.Positive(Require.InRange(epsilon, 0, 1, "EpsilonCutoff"), "EpsilonCutoff");
        _minKeep = Require.AtLeast(minKeep, 1, "MinKeep");
    }

    /// <inheritdoc/>
    public override string Name => "epsilon cutoff";

    /// <inheritdoc/>
    public override void Apply(Candidates candidates, in StageContext context) =>
        candidates.KeepAtLeast(candidates.BoundOfProbability(_epsilon), _minKeep, TieRule.All);
}
