using Tessera.Models;

namespace Tessera.Insight.Detection;

/// <summary>Means over scored tokens that several detectors share.</summary>
internal static class TokenMeans
{
    public static double LogProbability(IReadOnlyList<TokenStatistics> tokens) => tokens.Average(static t => t.LogProbability);

    public static double LogRank(IReadOnlyList<TokenStatistics> tokens) => tokens.Average(static t => Math.Log(t.Rank));

    /// <summary>The mean of the lowest values.</summary>
    /// <param name="values">The values; sorted in place.</param>
    /// <param name="count">How many of them.</param>
    public static double OfLowest(double[] values, int count)
    {
        Array.Sort(values);
        var sum = 0.0;
        for (var i = 0; i < count; i++) sum += values[i];
        return sum / count;
    }

    /// <summary>How many of some values a share is: rounded down, but at least one, so that short texts have a score.</summary>
    public static int Count(double share, int values) => Math.Max(1, (int)Math.Floor(share * values));

    public static double Share(double share) =>
        share is > 0 and <= 1 ? share : throw new ArgumentOutOfRangeException(nameof(share), share, "A share is a number above 0, at most 1.");
}
