using Tessera.Models;

namespace Tessera.Insight.Detection;

/// <summary>
/// GLTR's statistics: where the text's tokens stand among what the model thought possible. People reach far down the list now and then, models
/// seldom do.
/// </summary>
[Method("gltr", "GLTR: Statistical Detection and Visualization of Generated Text", "1906.04043", 2019, MethodStage.Insight)]
public sealed class GltrDetector : ITextDetector
{
    private readonly GltrStatistic _statistic;

    /// <summary>Creates the detector.</summary>
    /// <param name="statistic">What is counted: top-ten (default), rank, log-rank or entropy.</param>
    public GltrDetector(GltrStatistic statistic = GltrStatistic.TopTen) =>
        _statistic = Enum.IsDefined(statistic) ? statistic : throw new ArgumentOutOfRangeException(nameof(statistic));

    /// <inheritdoc/>
    public DetectionQuestion Question => DetectionQuestion.MachineText;

    /// <inheritdoc/>
    public double? Score(DetectionEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        var tokens = evidence.Statistics;
        return _statistic switch
        {
            GltrStatistic.Rank => -tokens.Average(static t => (double)t.Rank),
            GltrStatistic.LogRank => -TokenMeans.LogRank(tokens),
            GltrStatistic.Entropy => -tokens.Average(static t => t.Entropy),
            _ => Bands(tokens)[0] / (double)tokens.Count,
        };
    }

    /// <summary>How many tokens have a rank of at most 10, 100 and 1,000, and beyond: four bands, each without those before it.</summary>
    /// <param name="tokens">The scored tokens.</param>
    public static int[] Bands(IReadOnlyList<TokenStatistics> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var bands = new int[4];
        foreach (var token in tokens) bands[token.Rank <= 10 ? 0 : token.Rank <= 100 ? 1 : token.Rank <= 1000 ? 2 : 3]++;
        return bands;
    }

    /// <summary>A token's probability as a share of the most probable one's, above 0, at most 1.</summary>
    /// <param name="token">The token.</param>
    public static double ShareOfBest(TokenStatistics token) => Math.Exp(token.LogProbability - token.MaxLogProbability);
}
