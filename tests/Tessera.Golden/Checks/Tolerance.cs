using System.Globalization;

namespace Tessera.Golden;

/// <summary>How far a number may be from the expected one: |got − expected| ≤ absolute + relative · |expected| (+ relativeToLargest · the largest expected magnitude of its tensor).</summary>
/// <param name="Absolute">The absolute part.</param>
/// <param name="Relative">The part in proportion to the expected number.</param>
/// <param name="RelativeToLargest">The part in proportion to the largest magnitude of the whole tensor.</param>
public readonly record struct Tolerance(double Absolute, double Relative = 0, double RelativeToLargest = 0)
{
    /// <summary>Equality.</summary>
    public static Tolerance Exact => default;

    /// <summary>|got − expected| / max(1, |expected|) ≤ value, which many files ask for.</summary>
    public static Tolerance AbsoluteOrRelative(double value) => new(value) { IsMaximum = true, Relative = value };

    /// <summary>Whether the larger of the two parts is allowed rather than their sum.</summary>
    public bool IsMaximum { get; init; }

    /// <summary>The absolute difference allowed.</summary>
    /// <param name="expected">The expected number.</param>
    /// <param name="largest">The largest expected magnitude of the tensor.</param>
    public double Allowed(double expected, double largest)
    {
        var relative = Relative * Math.Abs(expected);
        return (IsMaximum ? Math.Max(Absolute, relative) : Absolute + relative) + RelativeToLargest * largest;
    }

    /// <summary>The tolerance in words.</summary>
    public override string ToString()
    {
        if (this == Exact) return "exact";
        var parts = new List<string>();
        if (Absolute != 0) parts.Add(Absolute.ToString("g3", CultureInfo.InvariantCulture));
        if (Relative != 0) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{Relative:g3}·|expected|"));
        if (RelativeToLargest != 0) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{RelativeToLargest:g3}·largest"));
        return IsMaximum ? $"max({string.Join(", ", parts)})" : string.Join(" + ", parts);
    }
}
