namespace Tessera.Models.Architectures;

/// <summary>Which normalisation a stack uses.</summary>
public enum NormKind
{
    /// <summary>Root mean square, gain only (Zhang and Sennrich, 2019).</summary>
    Rms,

    /// <summary>Mean and variance, gain and bias (Ba et al., 2016).</summary>
    Layer,
}
