using System.Numerics;

namespace Tessera.Evaluation.Statistics;

/// <summary>Percentiles as NumPy's <c>percentile</c> gives them: linear interpolation between the two values beside the place.</summary>
public static class Percentile
{
    /// <summary>The percentile of values, with every step in their own precision and in NumPy's order.</summary>
    /// <typeparam name="T">The precision.</typeparam>
    /// <param name="values">The values, none of them NaN; sorted in place. Not empty.</param>
    /// <param name="percent">From 0 to 100.</param>
    /// <exception cref="ArgumentException">There is no value, or the percentage is out of range.</exception>
    public static T Of<T>(Span<T> values, int percent) where T : struct, IFloatingPointIeee754<T>
    {
        if (values.IsEmpty) throw new ArgumentException("Nothing has no percentile.", nameof(values));
        ArgumentOutOfRangeException.ThrowIfNegative(percent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);
        values.Sort();
        var place = T.CreateChecked(values.Length - 1) * (T.CreateChecked(percent) / T.CreateChecked(100));
        var below = Math.Min(int.CreateTruncating(T.Floor(place)), values.Length - 1);
        var above = Math.Min(below + 1, values.Length - 1);
        var share = place - T.CreateChecked(below);
        var step = values[above] - values[below];
        return share >= T.CreateChecked(0.5) ? values[above] - step * (T.One - share) : values[below] + step * share;
    }
}
