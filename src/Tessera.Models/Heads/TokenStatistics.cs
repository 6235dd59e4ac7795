namespace Tessera.Models;

/// <summary>
/// What one row of logits says about one token: the numbers that samplers, the token lens, detectors and uncertainty scores share,
/// from a single sweep over the row. Knows nothing of where the row comes from: the model's own (raw) or what the logits stages made
/// of it (processed); whoever passes a <see cref="TokenStatistics"/> on says which.
/// <para>
/// With u = ℓ − max ℓ, Z = Σ eᵘ, A = Σ eᵘu, B = Σ eᵘu²: log-probability = u(target) − ln Z, mean log-probability = A/Z − ln Z,
/// varentropy = B/Z − (A/Z)². Exponentials are float32, sums float64; entries of −∞ are skipped. All logarithms are natural.
/// </para>
/// </summary>
/// <param name="Target">The token that the first numbers are about: an index into the row.</param>
/// <param name="LogProbability">ln p(target); −∞ where the row rules it out.</param>
/// <param name="Rank">1 + the number of entries with a larger logit: 1 for the most probable token, ties in favour of the target.</param>
/// <param name="TopPMass">Probability of all entries whose logit is at least the target's: the smallest top-p that keeps it.</param>
/// <param name="MeanLogProbability">Σ p ln p in nats: the log-probability that the row itself expects.</param>
/// <param name="Varentropy">Variance of the surprisal −ln p, in nats².</param>
/// <param name="MaxLogProbability">ln p of the most probable token.</param>
/// <param name="LogNormaliser">ln Σ e^ℓ: subtracted from any logit of the row it gives that token's log-probability.</param>
public readonly record struct TokenStatistics(
    int Target,
    double LogProbability,
    int Rank,
    double TopPMass,
    double MeanLogProbability,
    double Varentropy,
    double MaxLogProbability,
    double LogNormaliser)
{
    /// <summary>−Σ p ln p, in nats.</summary>
    public double Entropy => -MeanLogProbability;

    /// <summary>−log₂ p(target), in bits.</summary>
    public double SurprisalBits => -LogProbability / Math.Log(2);

    /// <summary>Sweeps a whole row.</summary>
    /// <param name="logits">The row, <c>[vocabulary]</c>.</param>
    /// <param name="target">The token that log-probability, rank and top-p mass are asked for.</param>
    /// <param name="top">
    /// Receives the most probable tokens, best first, ties in ascending id; its length says how many. Entries of −∞ are never among
    /// them: where fewer tokens are possible the rest is set to (−1, −∞).
    /// </param>
    /// <param name="position">Position of the token that the row predicts, for error messages; −1 if there is none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The target lies outside the row.</exception>
    /// <exception cref="LogitsException">An entry is NaN or +∞, or all are −∞.</exception>
    public static TokenStatistics Compute(ReadOnlySpan<float> logits, int target, Span<TokenAlternative> top = default, int position = -1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(target);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(target, logits.Length);
        var sweep = new TokenStatisticsSweep(target, logits[target], top, position);
        sweep.Add(logits);
        return sweep.Finish();
    }
}
