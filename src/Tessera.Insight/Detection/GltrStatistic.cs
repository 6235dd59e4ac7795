namespace Tessera.Insight.Detection;

/// <summary>What a <see cref="GltrDetector"/> counts.</summary>
public enum GltrStatistic
{
    /// <summary>The share of tokens among the ten most probable at their place.</summary>
    TopTen = 0,

    /// <summary>The mean rank, negated.</summary>
    Rank = 1,

    /// <summary>The mean logarithm of the rank, negated.</summary>
    LogRank = 2,

    /// <summary>The mean entropy of the distributions, negated: machine text moves where the model is sure.</summary>
    Entropy = 3,
}
