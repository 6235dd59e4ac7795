namespace Tessera.Insight.Steering;

/// <summary>How a direction is found from activations of two sides.</summary>
public enum DirectionMethod
{
    /// <summary>The mean of the positive side minus the mean of the negative one (Turner et al., 2308.10248; Rimsky et al., 2312.06681).</summary>
    MeanDifference = 0,

    /// <summary>The first principal component of the paired differences, taken as they are (Zou et al., 2310.01405): keeps what all pairs have in common.</summary>
    Pca = 1,

    /// <summary>The first principal component of the paired differences around their mean: the direction in which pairs differ most from each other.</summary>
    PcaCentred = 2,
}
