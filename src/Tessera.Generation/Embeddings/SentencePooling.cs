namespace Tessera.Generation;

/// <summary>What is taken from the rows of a text; the order is that in which sentence-transformers puts several behind each other.</summary>
public enum SentencePooling
{
    /// <summary>The first row ([CLS]).</summary>
    First,

    /// <summary>The largest value of each component.</summary>
    Max,

    /// <summary>The mean of all rows, specials included.</summary>
    Mean,

    /// <summary>The sum of all rows over the square root of their number.</summary>
    MeanOfRoot,

    /// <summary>The mean with weights 1, 2, 3 …</summary>
    WeightedMean,

    /// <summary>The last row.</summary>
    Last,
}
