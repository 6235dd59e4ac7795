namespace Tessera.Generation;

/// <summary>
/// Among the hundred most probable tokens, keeps the longest prefix whose share of the entropy is at most h (Potraghloo et al. 2025,
/// "Top-H Decoding", arXiv 2509.02510; Hugging Face's <c>top_h</c>). Probabilities and entropy are those of the hundred alone.
/// </summary>
[Method("top-h", "Top-H Decoding: Adapting the Creativity and Coherence with Bounded Entropy in Text Generation", "2509.02510", 2025, MethodStage.Logits)]
public sealed class TopHSampler : LogitsStage
{
    private const int Most = 100; // as in the paper's code

    private readonly double _h;

    /// <summary>Creates the stage.</summary>
    /// <param name="h">Share of the entropy, in (0, 1]. Default 0.4, the paper's.</param>
    public TopHSampler(double h = 0.4) => _h = Require.Positive(Require.InRange(h, 0, 1, "TopH"), "TopH");

    /// <inheritdoc/>
    public override string Name => "top-h";

    /// <inheritdoc/>
    public override void Apply(Candidates candidates, in StageContext context)
    {
        var best = candidates.Best(Most);
        Span<double> parts = stackalloc double[Most];
        double max = candidates.Logits[best[0]];
        var z = 0.0;
        foreach (var i in best)
            z += Math.Exp(candidates.Logits[i] - max);
        var entropy = 0.0;
        for (var i = 0; i < best.Length; i++)
        {
            var logP = candidates.Logits[best[i]] - max - Math.Log(z);
            entropy += parts[i] = -Math.Exp(logP) * logP;
        }

        var (kept, sum) = (1, parts[0]);
        while (kept < best.Length && (float)(sum += parts[kept]) <= (float)(_h * entropy)) // as float32, like top-p
            kept++;
        candidates.KeepBest(kept);
    }
}
