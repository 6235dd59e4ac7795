namespace Tessera.Generation;

/// <summary>
/// K-sequential selection of SpecTr (Sun et al. 2023, arXiv 2310.15141): k tokens drawn from a draft's distribution with replacement are tried in
/// turn, each accepted with q(y)/(ρ·p(y)), so that what is emitted has the law q. ρ is the smallest for which a residual exists; the probability
/// to accept one of them is at least 1 − (1 − 1/k)ᵏ of the best possible.
/// </summary>
/// <param name="Rho">ρ, from 1 to k.</param>
/// <param name="Beta">The probability to accept a single one: Σ min(p, q/ρ).</param>
/// <param name="Acceptance">The probability to accept any of them: 1 − (1 − β)ᵏ.</param>
public readonly record struct KSequentialPlan(double Rho, double Beta, double Acceptance)
{
    // Below this nothing is left to emit but by rounding.
    private const double Nothing = 1e-9;

    /// <summary>Finds ρ by bisection.</summary>
    /// <param name="draft">p, <c>[vocabulary]</c>.</param>
    /// <param name="target">q, <c>[vocabulary]</c>.</param>
    /// <param name="drafts">k, at least 1.</param>
    /// <exception cref="ArgumentException">p is all zeros, or the rows differ in length.</exception>
    public static KSequentialPlan Create(ReadOnlySpan<double> draft, ReadOnlySpan<double> target, int drafts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(drafts, 1);
        if (draft.Length != target.Length) throw new ArgumentException("Both rows are of one vocabulary.", nameof(draft));
        var sum = 0.0;
        foreach (var p in draft) sum += p;
        if (!(sum > 0)) throw new ArgumentException("The draft's row has no probability.", nameof(draft));

        // ρ·β(ρ) does not fall and 1 − (1 − β)ᵏ does not rise with ρ, and at k the first is at least the second; the upper end keeps it so.
        var (low, high) = (1.0, (double)drafts);
        if (Holds(draft, target, 1, drafts)) high = 1;
        for (var round = 0; round < 60 && high - low > 1e-13; round++)
        {
            var middle = (low + high) / 2;
            if (Holds(draft, target, middle, drafts)) high = middle;
            else low = middle;
        }

        var beta = Single(draft, target, high);
        return new KSequentialPlan(high, beta, 1 - Math.Pow(1 - beta, drafts));
    }

    /// <summary>The distribution of the token where none was accepted.</summary>
    /// <param name="draft">p.</param>
    /// <param name="target">q.</param>
    /// <param name="residual">Receives it; may be <paramref name="target"/>. q itself where nothing is left, which only rounding can ask for.</param>
    public void Residual(ReadOnlySpan<double> draft, ReadOnlySpan<double> target, Span<double> residual)
    {
        var share = Beta > 0 ? Acceptance / Beta : 0;
        var sum = 0.0;
        for (var i = 0; i < target.Length; i++) sum += Math.Max(0, target[i] - Math.Min(draft[i], target[i] / Rho) * share);
        if (1 - Acceptance < Nothing || !(sum > 0))
        {
            target.CopyTo(residual);
            return;
        }

        for (var i = 0; i < target.Length; i++) residual[i] = Math.Max(0, target[i] - Math.Min(draft[i], target[i] / Rho) * share) / sum;
    }

    private static bool Holds(ReadOnlySpan<double> draft, ReadOnlySpan<double> target, double rho, int drafts)
    {
        var beta = Single(draft, target, rho);
        return rho * beta >= 1 - Math.Pow(1 - beta, drafts) - 1e-15; // equal but for rounding, as with p = q
    }

    private static double Single(ReadOnlySpan<double> draft, ReadOnlySpan<double> target, double rho)
    {
        var beta = 0.0;
        for (var i = 0; i < draft.Length; i++) beta += Math.Min(draft[i], target[i] / rho);
        return Math.Min(1, beta);
    }
}
