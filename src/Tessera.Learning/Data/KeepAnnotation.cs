using Tessera.Evaluation.Statistics;

namespace Tessera.Learning.Data;

/// <summary>
/// Labels for a compressor's training out of pairs of a text and its compression by a teacher: which words of the text the teacher kept,
/// and how far the pair is to be trusted (LLMLingua-2, arXiv 2403.12968, as its published scripts do it). Knows words only; whoever calls
/// decides how text is split into them.
/// </summary>
public static class KeepAnnotation
{
    /// <summary>The width of the search in words. Default of the paper's scripts: 150 (its released data was made with 400).</summary>
    public const int Window = 150;

    /// <summary>
    /// Finds each word of the compression in the text, from where the last one was found on, forwards and backwards in turn, and labels it.
    /// A word of the compression that is not found is passed over.
    /// </summary>
    /// <param name="words">The text's words.</param>
    /// <param name="compressed">The compression's words.</param>
    /// <param name="window">How far to look in either direction, at least 1.</param>
    /// <param name="equal">Whether two words are the same; equality without regard to case if null (the paper compares lemmas).</param>
    public static LabelledPair Annotate(
        IReadOnlyList<string> words, IReadOnlyList<string> compressed, int window = Window, Func<string, string, bool>? equal = null)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(compressed);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        equal ??= static (a, b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
        var labels = new bool[words.Count];
        var previous = 0;
        foreach (var word in words.Count == 0 ? [] : compressed) previous = Label(words, word, labels, previous, window, equal);
        return new LabelledPair(labels, Rates(words, compressed, labels));
    }

    /// <summary>
    /// The pairs worth training on: first those whose variation rate reaches the 90th percentile go, then of the others those whose
    /// alignment gap reaches its 90th.
    /// </summary>
    /// <param name="quality">The pairs' figures.</param>
    /// <param name="variationThreshold">The percentile of the variation rates; 0 where there is no pair.</param>
    /// <param name="percent">Which percentile, from 0 to 100; the scripts' 90.</param>
    /// <returns>The indices of the pairs that stay, in order.</returns>
    public static IReadOnlyList<int> Filter(IReadOnlyList<AnnotationQuality> quality, out double variationThreshold, int percent = 90)
    {
        ArgumentNullException.ThrowIfNull(quality);
        variationThreshold = 0;
        if (quality.Count == 0) return [];
        var variation = variationThreshold = Percentile.Of<double>(quality.Select(static q => q.VariationRate).ToArray(), percent);
        var kept = Enumerable.Range(0, quality.Count).Where(i => quality[i].VariationRate < variation).ToList();
        if (kept.Count == 0) return [];
        var gap = Percentile.Of<double>(kept.Select(i => quality[i].AlignmentGap).ToArray(), percent);
        return kept.FindAll(i => quality[i].AlignmentGap < gap);
    }

    // Labels the word and returns where the next search starts.
    private static int Label(IReadOnlyList<string> words, string word, bool[] labels, int previous, int window, Func<string, string, bool> equal)
    {
        for (var i = 0; i < window; i++)
        {
            var ahead = Math.Min(previous + i, words.Count - 1);
            if (!labels[ahead] && equal(words[ahead], word))
            {
                labels[ahead] = true;
                return ahead - previous > window / 2 ? previous + window / 2 : ahead; // a far hit may be a wrong one: the window does not leap
            }

            var back = Math.Max(previous - i, 0);
            if (!labels[back] && equal(words[back], word))
            {
                labels[back] = true;
                return back;
            }
        }

        return previous;
    }

    private static AnnotationQuality Rates(IReadOnlyList<string> words, IReadOnlyList<string> compressed, bool[] labels)
    {
        if (words.Count == 0) return new AnnotationQuality(0, 1, 0, 0);
        var known = new HashSet<string>(words, StringComparer.Ordinal);
        foreach (var word in words) known.Add(word.ToLowerInvariant());
        var found = compressed.Count(w => known.Contains(w) || known.Contains(w.ToLowerInvariant()));
        var variation = compressed.Count == 0 ? 1 : 1 - (double)found / compressed.Count;
        return new AnnotationQuality(
            (double)compressed.Count / words.Count, variation, (double)found / words.Count, (double)labels.Count(static l => l) / words.Count);
    }
}
