using Tessera.Models;

namespace Tessera.Insight.Detection;

/// <summary>
/// DC-PDD: the token probabilities of the text measured against how frequent the tokens are anyway. Each token contributes its share of the
/// cross-entropy between the two, −p · ln f, bounded from above; only the first occurrence of a token counts; the score is the mean. Common
/// words, which are probable in any text, weigh little; a rare word that the model expects weighs much.
/// </summary>
[Method("dc-pdd", "Pretraining Data Detection for Large Language Models: A Divergence-based Calibration Method", "2409.14781", 2024, MethodStage.Insight)]
public sealed class DivergenceCalibration : ITextDetector
{
    private readonly double _limit;

    /// <summary>Creates the detector.</summary>
    /// <param name="limit">The most that one token contributes, above 0; infinity for no bound. Where labelled texts are at hand, try 0.001, 0.01, 0.1, 1 and 10. Default 0.01.</param>
    public DivergenceCalibration(double limit = 0.01) =>
        _limit = limit > 0 ? limit : throw new ArgumentOutOfRangeException(nameof(limit), limit, "The bound on a token is above 0.");

    /// <inheritdoc/>
    public DetectionQuestion Question => DetectionQuestion.Membership;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A token is outside the table of frequencies: it was counted with another tokenizer.</exception>
    public double? Score(DetectionEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        if (evidence.Frequencies is not { } frequencies) return null;
        var (sum, first) = (0.0, FirstPositions(evidence.Statistics));
        foreach (var position in first) sum += Math.Min(Term(evidence.Statistics[position], frequencies), _limit);
        return sum / first.Count;
    }

    /// <summary>A token's unbounded contribution, −p · ln f, at least 0.</summary>
    /// <param name="token">Its statistics.</param>
    /// <param name="frequencies">How frequent tokens are.</param>
    public static double Term(TokenStatistics token, TokenFrequencyTable frequencies)
    {
        ArgumentNullException.ThrowIfNull(frequencies);
        return -Math.Exp(token.LogProbability) * Math.Log(frequencies.Probability(token.Target));
    }

    /// <summary>The scored positions that count: the first of each token.</summary>
    /// <param name="tokens">The scored tokens.</param>
    public static IReadOnlyList<int> FirstPositions(IReadOnlyList<TokenStatistics> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var (seen, first) = (new HashSet<int>(), new List<int>());
        for (var i = 0; i < tokens.Count; i++)
        {
            if (seen.Add(tokens[i].Target)) first.Add(i);
        }

        return first;
    }
}
