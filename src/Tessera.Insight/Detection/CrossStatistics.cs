using Tessera.Models;

namespace Tessera.Insight.Detection;

/// <summary>
/// What one distribution expects of another's log-probabilities at one position: q is the observer's (the sampling, or reference model's), p the
/// performer's (the scoring model's). Both rows are cut to the narrower one before the softmax, for vocabularies that are padded differently.
/// </summary>
/// <param name="CrossEntropy">−Σ q ln p, in nats.</param>
/// <param name="Variance">Σ q (ln p)² − (Σ q ln p)², in nats².</param>
public readonly record struct CrossStatistics(double CrossEntropy, double Variance)
{
    /// <summary>Sweeps two rows of logits.</summary>
    /// <param name="observer">Logits of q.</param>
    /// <param name="performer">Logits of p.</param>
    /// <param name="position">Position of the token that the rows predict, for error messages; −1 if there is none.</param>
    /// <exception cref="LogitsException">An entry is NaN or +∞, or all of a row are −∞.</exception>
    public static CrossStatistics Compute(ReadOnlySpan<float> observer, ReadOnlySpan<float> performer, int position = -1)
    {
        var width = Math.Min(observer.Length, performer.Length);
        var (mostQ, mostP) = (Most(observer[..width], position), Most(performer[..width], position));
        var (sumQ, sumP, first, second) = (0.0, 0.0, 0.0, 0.0);
        for (var v = 0; v < width; v++)
        {
            var u = (double)performer[v] - mostP;
            sumP += Math.Exp(u);
            var q = Math.Exp((double)observer[v] - mostQ);
            if (q == 0) continue; // what q rules out counts for nothing, even where p does too
            sumQ += q;
            first += q * u;
            second += q * u * u;
        }

        var mean = first / sumQ;
        return new CrossStatistics(Math.Log(sumP) - mean, double.IsFinite(mean) ? Math.Max(0, second / sumQ - mean * mean) : double.PositiveInfinity);
    }

    private static float Most(ReadOnlySpan<float> row, int position)
    {
        var most = float.NegativeInfinity;
        for (var v = 0; v < row.Length; v++)
        {
            if (!(row[v] < float.PositiveInfinity)) throw new LogitsException(position, $"the logit of token {v} is {(float.IsNaN(row[v]) ? "NaN" : "+∞")}.");
            most = Math.Max(most, row[v]);
        }

        return most > float.NegativeInfinity ? most : throw new LogitsException(position, "no token is possible.");
    }
}
