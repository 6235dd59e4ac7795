namespace Tessera.Generation;

/// <summary>Keeps the k tokens with the largest logits (Fan et al. 2018, "Hierarchical Neural Story Generation", arXiv 1805.04833).</summary>
[Method("top-k", "Hierarchical Neural Story Generation", "1805.04833", 2018, MethodStage.Logits)]
public sealed class TopKSampler : LogitsStage
{
    private readonly int _k;
    private readonly TieRule _ties;

    /// <summary>Creates the stage.</summary>
    /// <param name="k">How many tokens stay, at least 1. Default 10, the paper's.</param>
    /// <param name="ties">Which stay of those that equal the k-th.</param>
    public TopKSampler(int k = 10, TieRule ties = TieRule.LowerIds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1, "TopK");
        _k = k;
        _ties = ties;
    }

    /// <inheritdoc/>
    public override string Name => "top-k";

    /// <inheritdoc/>
    public override void Apply(Candidates candidates, in StageContext context) => candidates.KeepBest(_k, _ties);
}
