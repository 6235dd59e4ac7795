namespace Tessera.Evaluation.Metrics;

/// <summary>Scores of dialogue states, times 100. A state is a set of strings "slot-value".</summary>
public static class DialogueStateScores
{
    /// <summary>Joint goal accuracy: the share of turns whose state is wholly right.</summary>
    /// <param name="predictions">The predicted state of each turn.</param>
    /// <param name="labels">The true ones, as many.</param>
    /// <exception cref="ArgumentException">There are none, or not as many of both.</exception>
    public static double JointGoalAccuracy(IReadOnlyList<IReadOnlyCollection<string>> predictions, IReadOnlyList<IReadOnlyCollection<string>> labels) =>
        Mean(predictions, labels, static (p, l) => p.SetEquals(l) ? 1 : 0);

    /// <summary>F1 of the slots of a turn, averaged over turns; two empty states agree.</summary>
    /// <param name="predictions">The predicted state of each turn.</param>
    /// <param name="labels">The true ones, as many.</param>
    /// <exception cref="ArgumentException">There are none, or not as many of both.</exception>
    public static double SlotF1(IReadOnlyList<IReadOnlyCollection<string>> predictions, IReadOnlyList<IReadOnlyCollection<string>> labels) =>
        Mean(predictions, labels, static (p, l) => p.Count + l.Count == 0 ? 1 : ClassificationScores.F1(p.Count(l.Contains), p.Count, l.Count));

    private static double Mean(IReadOnlyList<IReadOnlyCollection<string>> predictions, IReadOnlyList<IReadOnlyCollection<string>> labels, Func<HashSet<string>, HashSet<string>, double> score)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(labels);
        ClassificationScores.Check(predictions.Count, labels.Count);
        return 100 * predictions.Zip(labels).Average(t => score(t.First.ToHashSet(StringComparer.Ordinal), t.Second.ToHashSet(StringComparer.Ordinal)));
    }
}
