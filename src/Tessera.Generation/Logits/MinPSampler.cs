namespace Tessera.Generation;

/// <summary>
/// Keeps tokens at least m times as probable as the best one (Nguyen et al. 2024, "Turning Up the Heat: Min-p Sampling", arXiv
/// 2407.01082). In logits: z ≥ max z + ln m, so that no softmax is needed.
/// </summary>
public sealed class MinPSampler : LogitsStage
{
    private readonly float _logM;
    private readonly int _minKeep;

    /// <summary>Creates the stage.</summary>
    /// <param name="m">Share of the best token's probability, at least 0; 0 keeps all, above 1 only the best.</param>
    /// <param name="minKeep">Tokens that stay in any case, at least 1.</param>
    public MinPSampler(double m, int minKeep = 1)
    {
        Require.NotNegative(m, "MinP");
        ArgumentOutOfRangeException.ThrowIfLessThan(minKeep, 1, "MinKeep");
        _logM = (float)Math.Log(m);
        _minKeep = minKeep;
    }

    /// <inheritdoc/>
    public override string Name => "min-p";

    /// <inheritdoc/>
    public override void Apply(Candidates candidates, in StageContext context)
    {
        var bound = candidates.Max() + _logM;
        if (_minKeep == 1 && _logM <= 0)
            candidates.KeepAtLeast(bound);
        else
            candidates.KeepAtLeast(bound, _minKeep);
    }
}
