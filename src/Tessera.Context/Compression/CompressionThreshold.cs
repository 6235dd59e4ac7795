namespace Tessera.Context.Compression;

/// <summary>A percentile that decided what stays.</summary>
/// <param name="Values">How many values it was taken of: words, each as often as it has tokens, or contexts.</param>
/// <param name="Percentile">Which one, from 0 to 100.</param>
/// <param name="Value">What it was.</param>
/// <param name="Margin">How far the nearest other value is from it: a decision with a small one is a close one. Infinite where all are equal.</param>
public readonly record struct CompressionThreshold(int Values, int Percentile, double Value, double Margin)
{
    /// <summary>The percentile of values.</summary>
    /// <param name="values">The values. Not empty.</param>
    /// <param name="percent">From 0 to 100.</param>
    /// <param name="single">Whether to compute in single precision, which holds the values exactly.</param>
    internal static CompressionThreshold Of(List<double> values, int percent, bool single)
    {
        double threshold;
        if (single) threshold = Evaluation.Statistics.Percentile.Of<float>(values.ConvertAll(static v => (float)v).ToArray(), percent);
        else threshold = Evaluation.Statistics.Percentile.Of<double>(values.ToArray(), percent);
        var margin = double.PositiveInfinity;
        foreach (var value in values)
        {
            if (value != threshold) margin = Math.Min(margin, Math.Abs(value - threshold));
        }

        return new CompressionThreshold(values.Count, percent, threshold, margin);
    }
}
