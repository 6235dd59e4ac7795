namespace Tessera.Generation;

/// <summary>
/// Drops tokens with a probability below min(ε, √ε · e^−H), H the entropy of the candidates: the less certain the model, the more stays
/// (Hewitt et al. 2022, "Truncation Sampling as Language Model Desmoothing", arXiv 2210.15191).
/// </summary>
[Method("eta", "Truncation Sampling as Language Model Desmoothing", "2210.15191", 2022, MethodStage.Logits)]
public sealed class EtaSampler : LogitsStage
{
    private readonly double _epsilon;
    private readonly int _minKeep;

    /// <summary>Creates the stage.</summary>
    /// <param name="epsilon">The paper's ε, in (0, 1); it uses 0.0003 to 0.004. Default 0.002.</param>
    /// <param name="minKeep">Most probable tokens that stay in any case, at least 1; those equal to the last of them stay as well.</param>
    public EtaSampler(double epsilon = 0.002, int minKeep = 1)
    {
        _epsilon = Require.Positive(Require.InRange(epsilon, 0, 1, "EtaCutoff"), "EtaCutoff");
        _minKeep = Require.AtLeast(minKeep, 1, "MinKeep");
    }

    /// <inheritdoc/>
    public override string Name => "eta cutoff";

    /// <inheritdoc/>
    public override void Apply(Candidates candidates, in StageContext context)
    {
        var eta = Math.Min(_epsilon, Math.Sqrt(_epsilon) * Math.Exp(-candidates.Statistics(0).Entropy));
        candidates.KeepAtLeast(candidates.BoundOfProbability(eta), _minKeep, TieRule.All);
    }
}
