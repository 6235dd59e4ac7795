namespace Tessera.Generation;

/// <summary>
/// Keeps the shortest list of most probable tokens whose probabilities sum to at least p, the token that crosses p included (nucleus
/// sampling: Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration", arXiv 1904.09751).
/// </summary>
[Method("top-p", "The Curious Case of Neural Text Degeneration", "1904.09751", 2019, MethodStage.Logits)]
public sealed class TopPSampler : LogitsStage
{
    private readonly double _p;
    private readonly int _minKeep;

    /// <summary>Creates the stage. Between tokens with the same logit the lower ids stay; which do in Hugging Face transformers is left to an unstable sort.</summary>
    /// <param name="p">Probability to keep, in [0, 1]; 0 keeps the most probable token, 1 keeps all. Default 0.95, the paper's.</param>
    /// <param name="minKeep">Tokens that stay in any case, at least 1.</param>
    public TopPSampler(double p = 0.95, int minKeep = 1)
    {
        Require.InRange(p, 0, 1, "TopP");
        ArgumentOutOfRangeException.ThrowIfLessThan(minKeep, 1, "MinKeep");
        _p = p;
        _minKeep = minKeep;
    }

    /// <inheritdoc/>
    public override string Name => "top-p";

    /// <inheritdoc/>
    public override void Apply(Candidates candidates, in StageContext context)
    {
        if (_p < 1)
            candidates.KeepBest(Math.Max(candidates.CountToMass(_p), _minKeep));
    }
}
