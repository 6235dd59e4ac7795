namespace Tessera.Laboratory;

/// <summary>Whether a claim holds in a small-scale experiment; from best to worst.</summary>
public enum Verdict
{
    /// <summary>It holds: direction and, as far as the claim has one, size.</summary>
    Reproduced,

    /// <summary>Its direction holds, its size does not.</summary>
    PartlyReproduced,

    /// <summary>The experiment can't tell: too few texts, too small a model, a difference within the noise.</summary>
    Inconclusive,

    /// <summary>It does not hold here.</summary>
    NotReproduced,
}
