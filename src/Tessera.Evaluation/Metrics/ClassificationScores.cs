namespace Tessera.Evaluation.Metrics;

/// <summary>Scores of predicted classes, times 100. A class counts where it occurs among labels or predictions.</summary>
public static class ClassificationScores
{
    /// <summary>The share of predictions that are right.</summary>
    /// <param name="predictions">Predicted classes.</param>
    /// <param name="labels">True ones, as many.</param>
    /// <exception cref="ArgumentException">There are none, or not as many of both.</exception>
    public static double Accuracy(ReadOnlySpan<int> predictions, ReadOnlySpan<int> labels)
    {
        Check(predictions.Length, labels.Length);
        var right = 0;
        for (var i = 0; i < labels.Length; i++) right += predictions[i] == labels[i] ? 1 : 0;
        return 100.0 * right / labels.Length;
    }

    /// <summary>F1 of each class that occurs, averaged; a class that is only predicted counts with 0.</summary>
    /// <param name="predictions">Predicted classes.</param>
    /// <param name="labels">True ones, as many.</param>
    /// <exception cref="ArgumentException">There are none, or not as many of both.</exception>
    public static double MacroF1(ReadOnlySpan<int> predictions, ReadOnlySpan<int> labels)
    {
        var counts = Count(predictions, labels);
        return 100 * counts.Values.Average(static c => F1(c.True, c.Predicted, c.Actual));
    }

    /// <summary>F1 of each of a fixed number of classes, averaged; a class that neither occurs nor is predicted counts with 1.</summary>
    /// <param name="predictions">Predicted classes, from 0.</param>
    /// <param name="labels">True ones, as many.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <exception cref="ArgumentException">There are none, or not as many of both, or a class is not below <paramref name="classes"/>.</exception>
    public static double MacroF1(ReadOnlySpan<int> predictions, ReadOnlySpan<int> labels, int classes)
    {
        var counts = Count(predictions, labels);
        if (counts.Keys.Any(k => k < 0 || k >= classes)) throw new ArgumentException($"A class is not from 0 to {classes - 1}.", nameof(labels));
        return 100 * Enumerable.Range(0, classes).Average(k => counts.TryGetValue(k, out var c) ? F1(c.True, c.Predicted, c.Actual) : 1);
    }

    /// <summary>F1 over all predictions together, one class left out of the counts (in extraction of relations: none).</summary>
    /// <param name="predictions">Predicted classes.</param>
    /// <param name="labels">True ones, as many.</param>
    /// <param name="ignored">The class that is no find; null for none, and then it is the accuracy.</param>
    /// <exception cref="ArgumentException">There are none, or not as many of both.</exception>
    public static double MicroF1(ReadOnlySpan<int> predictions, ReadOnlySpan<int> labels, int? ignored = null)
    {
        var counted = Count(predictions, labels).Where(c => c.Key != ignored).Select(static c => c.Value).ToList();
        return 100 * F1(counted.Sum(static c => c.True), counted.Sum(static c => c.Predicted), counted.Sum(static c => c.Actual));
    }

    /// <summary>
    /// The area under the curve of precision over recall, by trapezoids, averaged over classes. A class without any label has no such curve
    /// and is left out.
    /// </summary>
    /// <param name="probabilities">For each item the probabilities of all classes.</param>
    /// <param name="labels">True classes, as many.</param>
    /// <returns>The mean times 100, and how many classes it is of.</returns>
    /// <exception cref="ArgumentException">There are no items, or rows of different length, or a class is out of range.</exception>
    public static (double Area, int Classes) AreaUnderPrecisionRecall(IReadOnlyList<IReadOnlyList<double>> probabilities, ReadOnlySpan<int> labels)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        Check(probabilities.Count, labels.Length);
        var classes = probabilities[0].Count;
        if (probabilities.Any(p => p.Count != classes)) throw new ArgumentException("The rows of probabilities differ in length.", nameof(probabilities));
        var truth = labels.ToArray();
        if (truth.Any(l => l < 0 || l >= classes)) throw new ArgumentException($"A class is not from 0 to {classes - 1}.", nameof(labels));
        var areas = Enumerable.Range(0, classes).Where(truth.Contains).Select(k => Area([.. probabilities.Select((p, i) => (p[k], truth[i] == k))])).ToList();
        return (100 * areas.Average(), areas.Count);
    }

    /// <summary>F1 of counts; 0 where nothing was found.</summary>
    internal static double F1(long found, long predicted, long actual) => predicted + actual == 0 ? 0 : 2.0 * found / (predicted + actual);

    internal static void Check(int predictions, int labels)
    {
        if (predictions != labels) throw new ArgumentException($"There are {predictions} predictions and {labels} labels.");
        if (labels == 0) throw new ArgumentException("There is nothing to score.");
    }

    private static Dictionary<int, (int True, int Predicted, int Actual)> Count(ReadOnlySpan<int> predictions, ReadOnlySpan<int> labels)
    {
        Check(predictions.Length, labels.Length);
        var counts = new Dictionary<int, (int True, int Predicted, int Actual)>();
        for (var i = 0; i < labels.Length; i++)
        {
            var (predicted, label) = (predictions[i], labels[i]);
            var p = counts.GetValueOrDefault(predicted);
            counts[predicted] = p with { Predicted = p.Predicted + 1, True = p.True + (predicted == label ? 1 : 0) };
            var l = counts.GetValueOrDefault(label);
            counts[label] = l with { Actual = l.Actual + 1 };
        }

        return counts;
    }

    /// <summary>Points from the highest score down, equal scores as one step; the curve begins at recall 0 with precision 1.</summary>
    private static double Area((double Score, bool IsClass)[] items)
    {
        Array.Sort(items, static (a, b) => b.Score.CompareTo(a.Score));
        var total = items.Count(static i => i.IsClass);
        var (area, recall, precision, found) = (0.0, 0.0, 1.0, 0);
        for (var i = 0; i < items.Length; i++)
        {
            found += items[i].IsClass ? 1 : 0;
            if (i + 1 < items.Length && items[i + 1].Score == items[i].Score) continue;
            var (nextRecall, nextPrecision) = (found / (double)total, found / (double)(i + 1));
            area += (nextRecall - recall) * (precision + nextPrecision) / 2;
            (recall, precision) = (nextRecall, nextPrecision);
        }

        return area;
    }
}
