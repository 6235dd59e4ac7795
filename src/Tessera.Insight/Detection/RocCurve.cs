namespace Tessera.Insight.Detection;

/// <summary>
/// How well a score separates positives from negatives: the receiver operating characteristic, one point for each distinct score, from (0, 0)
/// to (1, 1). Texts of equal score are told apart by no threshold and make one step together.
/// </summary>
public sealed class RocCurve
{
    private RocCurve(List<RocPoint> points, double area) => (Points, Area) = (points, area);

    /// <summary>The points, in ascending rates; the first has the threshold ∞ (nothing is called positive).</summary>
    public IReadOnlyList<RocPoint> Points { get; }

    /// <summary>The area under the curve: the probability that a positive scores higher than a negative, ties counting half. 0.5 is chance.</summary>
    public double Area { get; }

    /// <summary>Makes the curve.</summary>
    /// <param name="scores">The scores; higher speaks for positive.</param>
    /// <param name="labels">Whether each is a positive; at least one of either kind.</param>
    /// <exception cref="ArgumentException">Numbers differ, a kind is missing, or a score is NaN.</exception>
    public static RocCurve Of(ReadOnlySpan<double> scores, ReadOnlySpan<bool> labels)
    {
        if (scores.Length != labels.Length) throw new ArgumentException($"{scores.Length} scores and {labels.Length} labels.", nameof(labels));
        var (keys, kinds) = (scores.ToArray(), labels.ToArray());
        var positives = (long)labels.Count(true);
        var negatives = labels.Length - positives;
        if (positives == 0 || negatives == 0) throw new ArgumentException("A curve needs at least one positive and one negative.", nameof(labels));
        foreach (var key in keys)
        {
            if (double.IsNaN(key)) throw new ArgumentException("A score is NaN.", nameof(scores));
        }

        Array.Sort(keys, kinds);
        var points = new List<RocPoint> { new(0, 0, double.PositiveInfinity) };
        var (truePositives, falsePositives, halves) = (0L, 0L, 0L); // halves: twice the number of pairs in the right order
        for (var end = keys.Length; end > 0;)
        {
            var from = end - 1;
            while (from > 0 && keys[from - 1] == keys[end - 1]) from--;
            var hits = (long)kinds.AsSpan(from..end).Count(true);
            var misses = end - from - hits;
            halves += misses * (2 * truePositives + hits);
            (truePositives, falsePositives) = (truePositives + hits, falsePositives + misses);
            points.Add(new RocPoint(falsePositives / (double)negatives, truePositives / (double)positives, keys[from]));
            end = from;
        }

        return new RocCurve(points, halves / (2.0 * positives * negatives));
    }

    /// <summary>The highest true-positive rate at a bounded false-positive rate: how much is found when false alarms are dear.</summary>
    /// <param name="falsePositiveRate">The bound, from 0 to 1.</param>
    /// <param name="below">Whether the rate must stay strictly below the bound (as DC-PDD's code has it). Default false.</param>
    public double TruePositiveRateAt(double falsePositiveRate, bool below = false)
    {
        var best = 0.0;
        foreach (var point in Points)
        {
            if (below ? point.FalsePositiveRate < falsePositiveRate : point.FalsePositiveRate <= falsePositiveRate) best = Math.Max(best, point.TruePositiveRate);
        }

        return best;
    }

    /// <summary>The lowest false-positive rate that finds a share of the positives.</summary>
    /// <param name="truePositiveRate">The share, from 0 to 1.</param>
    public double FalsePositiveRateAt(double truePositiveRate)
    {
        foreach (var point in Points)
        {
            if (point.TruePositiveRate >= truePositiveRate) return point.FalsePositiveRate;
        }

        return 1;
    }

    /// <summary>The best mean of the two classes' accuracies over all thresholds: 0.5 is chance.</summary>
    public double BestBalancedAccuracy => Points.Max(static p => 1 - (p.FalsePositiveRate + (1 - p.TruePositiveRate)) / 2);
}
