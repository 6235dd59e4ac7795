namespace Tessera.Context.Policies;

/// <summary>Chooses slots by their scores: the highest, the lower slot first among equals.</summary>
public static class SlotRanking
{
    /// <summary>The slots of the highest scores.</summary>
    /// <param name="scores">One score a slot; none is NaN.</param>
    /// <param name="count">How many, from 0 to all.</param>
    /// <returns>The slots, ascending.</returns>
    public static int[] Best(ReadOnlySpan<float> scores, int count)
    {
        var best = new int[count];
        TakeBest(scores, best);
        return best;
    }

    /// <summary>Fills a list with the slots of the highest scores, ascending.</summary>
    /// <param name="scores">One score a slot; none is NaN.</param>
    /// <param name="best">Takes as many slots as it is long, at most as many as there are scores.</param>
    public static void TakeBest(ReadOnlySpan<float> scores, Span<int> best)
    {
        if (best.Length > scores.Length) throw new ArgumentException($"{best.Length} slots are wanted of {scores.Length}.", nameof(best));
        if (best.Length == scores.Length - 1)
        {
            TakeAllBut(Lowest(scores), best);
            return;
        }

        if (best.IsEmpty) return;
        var sorted = scores.ToArray();
        Array.Sort(sorted);
        var cut = sorted[^best.Length];
        var equals = best.Length; // how many slots with just the score of the cut have room
        foreach (var score in scores) equals -= score > cut ? 1 : 0;
        var count = 0;
        for (var slot = 0; slot < scores.Length; slot++)
        {
            if (scores[slot] > cut || scores[slot] == cut && equals-- > 0) best[count++] = slot;
        }
    }

    // The slot that leaves when one must: of the lowest score, the higher slot among equals.
    private static int Lowest(ReadOnlySpan<float> scores)
    {
        var lowest = 0;
        for (var slot = 1; slot < scores.Length; slot++) lowest = scores[slot] <= scores[lowest] ? slot : lowest;
        return lowest;
    }

    private static void TakeAllBut(int dropped, Span<int> slots)
    {
        for (var i = 0; i < slots.Length; i++) slots[i] = i < dropped ? i : i + 1;
    }
}
