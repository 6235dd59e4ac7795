namespace Tessera.Tokenizers.Training.Supertokens;

/// <summary>How long the chunks of a stochastic chunker are, in characters: ranges with probabilities; lengths within a range are equally likely.</summary>
public sealed class ChunkLengths
{
    private const double SumTolerance = 1e-9;

    private readonly (int Low, int High, double Weight)[] _ranges;

    /// <summary>Creates a table.</summary>
    /// <param name="ranges">Ranges, both ends included, and their probabilities.</param>
    /// <param name="normalize">Whether probabilities that do not sum to 1 are divided by their sum. Default false: they are refused.</param>
    /// <exception cref="ArgumentException">There are no ranges, two overlap, one is empty or begins below 1, or probabilities are negative or do not sum to 1.</exception>
    public ChunkLengths(IEnumerable<(int Low, int High, double Weight)> ranges, bool normalize = false)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        _ranges = [.. ranges.OrderBy(static r => r.Low)];
        if (_ranges.Length == 0) throw new ArgumentException("There are no ranges of lengths.", nameof(ranges));
        for (var i = 0; i < _ranges.Length; i++)
        {
            var (low, high, weight) = _ranges[i];
            if (low < 1 || high < low) throw new ArgumentException($"{low} to {high} is no range of lengths.", nameof(ranges));
            if (i > 0 && low <= _ranges[i - 1].High) throw new ArgumentException($"The ranges {_ranges[i - 1].Low}-{_ranges[i - 1].High} and {low}-{high} overlap.", nameof(ranges));
            if (!(weight >= 0) || !double.IsFinite(weight)) throw new ArgumentException($"{weight} is no probability.", nameof(ranges));
        }

        var sum = _ranges.Sum(static r => r.Weight);
        if (!(sum > 0) || !normalize && Math.Abs(sum - 1) > SumTolerance) throw new ArgumentException(FormattableString.Invariant($"The probabilities sum to {sum}, not to 1."), nameof(ranges));
        for (var i = 0; i < _ranges.Length; i++) _ranges[i].Weight /= sum;
    }

    /// <summary>The paper's table: 4 to 23 characters, 12.6 on average. Published, its weights sum to 1.1; here they are divided by that.</summary>
    public static ChunkLengths Default { get; } = new(
        [(4, 5, .044), (6, 7, .091), (8, 9, .146), (10, 11, .171), (12, 13, .185), (14, 15, .171), (16, 17, .146), (18, 19, .091), (20, 21, .044), (22, 23, .011)], normalize: true);

    /// <summary>The shortest length.</summary>
    public int Shortest => _ranges[0].Low;

    /// <summary>The longest length.</summary>
    public int Longest => _ranges[^1].High;

    /// <summary>The mean length.</summary>
    public double Mean => _ranges.Sum(static r => r.Weight * (r.Low + r.High) / 2);

    /// <summary>The range that a uniform number falls into.</summary>
    internal (int Low, int High) Range(double uniform)
    {
        foreach (var (low, high, weight) in _ranges)
        {
            if (uniform < weight) return (low, high);
            uniform -= weight;
        }

        return (_ranges[^1].Low, _ranges[^1].High); // what rounding left over
    }

    /// <summary>The lengths that a range leaves where less of the text is left; less than the shortest of all is one chunk.</summary>
    internal (int Low, int High) Bounds((int Low, int High) range, int remaining) =>
        remaining < Shortest ? (remaining, remaining) : (Math.Min(range.Low, remaining), Math.Min(range.High, remaining));
}
