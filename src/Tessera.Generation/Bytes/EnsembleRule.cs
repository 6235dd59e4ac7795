namespace Tessera.Generation;

/// <summary>How the distributions of several models become one.</summary>
public enum EnsembleRule
{
    /// <summary>Σ w p: the weighted mean of the probabilities.</summary>
    Mixture,

    /// <summary>Π pʷ, normalised: the weighted mean of the logarithms. A byte must be likely for all.</summary>
    Product,
}
