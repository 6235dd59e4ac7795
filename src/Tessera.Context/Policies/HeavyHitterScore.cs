namespace Tessera.Context.Policies;

/// <summary>How the attention that a token collected becomes its score.</summary>
public enum HeavyHitterScore
{
    /// <summary>The sum, as in the paper; early tokens had more rows to collect from.</summary>
    Sum,

    /// <summary>The sum divided by the number of tokens that could see it, which takes the advantage of age away.</summary>
    Mean,
}
