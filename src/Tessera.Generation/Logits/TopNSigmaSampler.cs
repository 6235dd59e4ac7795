namespace Tessera.Generation;

/// <summary>
/// Keeps tokens whose logit is at most n standard deviations below the largest one; mean and deviation are over the candidates' logits,
/// so that the set does not depend on a temperature applied later (Tang et al. 2024, "Top-nσ: Not All Logits Are You Need", arXiv
/// 2411.07641).
/// </summary>
[Method("top-n-sigma", "Top-nσ: Not All Logits Are You Need", "2411.07641", 2024, MethodStage.Logits)]
public sealed class TopNSigmaSampler : LogitsStage
{
    private readonly double _n;

    /// <summary>Creates the stage.</summary>
    /// <param name="n">Number of standard deviations, above 0; default 1, the paper's.</param>
    public TopNSigmaSampler(double n = 1) => _n = Require.Positive(n, "TopNSigma");

    /// <inheritdoc/>
    public override string Name => "top-n-sigma";

    /// <inheritdoc/>
    public override void Apply(Candidates candidates, in StageContext context)
    {
        var logits = candidates.Logits;
        var (sum, max) = (0.0, double.NegativeInfinity);
        foreach (var logit in logits)
        {
            sum += logit;
            max = Math.Max(max, logit);
        }

        var mean = sum / logits.Length;
        var squares = 0.0;
        foreach (var logit in logits)
            squares += (logit - mean) * (logit - mean);
        candidates.KeepAtLeast((float)(max - _n * Math.Sqrt(squares / logits.Length)));
    }
}
