namespace Tessera.Generation;

/// <summary>
/// Keeps tokens at least p times as probable as the best one (Nguyen et al. 2024, "Turning Up the Heat: Min-p Sampling", arXiv
/// 2407.01082). In logits: z ≥ max z + ln p, so that no softmax is needed.
/// </summary>
[Method("min-p", "Turning Up the Heat: Min-p Sampling for Creative and Coherent LLM Outputs", "2407.01082", 2024, MethodStage.Logits)]
public sealed class MinPSampler : LogitsStage
{
    private readonly float _logM;
    private readonly int _minKeep;

    /// <summary>Creates the stage.</summary>
    /// <param name="p">Share of the best token's probability, at least 0; 0 keeps all, above 1 only the best. Default 0.05, the smaller of the paper's two.</param>
    /// <param name="minKeep">Tokens that stay in any case, at least 1.</param>
    public MinPSampler(double p = 0.05, int minKeep = 1)
    {
        Require.NotNegative(p, "MinP");
        ArgumentOutOfRangeException.ThrowIfLessThan(minKeep, 1, "MinKeep");
        _logM = (float)Math.Log(p);
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
