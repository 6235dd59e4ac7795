namespace Tessera.Learning.Data;

/// <summary>How far a teacher's compression is to be trusted.</summary>
/// <param name="CompressionRate">Words of the compression over words of the text.</param>
/// <param name="VariationRate">The share of the compression's words that the text does not have; 1 for an empty compression.</param>
/// <param name="HittingRate">The compression's words that the text has, over the text's words.</param>
/// <param name="MatchingRate">The share of the text's words that are labelled.</param>
public readonly record struct AnnotationQuality(double CompressionRate, double VariationRate, double HittingRate, double MatchingRate)
{
    /// <summary>Words that the text has but that were not labelled: hitting rate less matching rate.</summary>
    public double AlignmentGap { get; init; } = HittingRate - MatchingRate;
}
