namespace Tessera.Evaluation.Metrics;

/// <summary>
/// Perplexity of a text that is longer than the context, by sliding windows: each token is scored once, in the first window that holds
/// it, with everything before it in that window as its context. The very first token has no context and is not scored.
/// </summary>
public static class SlidingPerplexity
{
    /// <summary>One window's share.</summary>
    /// <param name="Start">The window's first token.</param>
    /// <param name="End">One past its last token.</param>
    /// <param name="Scored">Tokens scored in it.</param>
    /// <param name="NegativeLogLikelihood">Their Σ −ln p, in nats.</param>
    public readonly record struct Window(int Start, int End, int Scored, double NegativeLogLikelihood);

    /// <summary>Runs the windows one after the other.</summary>
    /// <param name="scorer">The model.</param>
    /// <param name="ids">The text, at least two tokens.</param>
    /// <param name="context">Tokens of a window, at least 2.</param>
    /// <param name="stride">How far each window starts behind the one before, at least 1 and less than <paramref name="context"/>: else a window's first token would have no context.</param>
    /// <param name="cancellation">Seen within a layer.</param>
    public static IEnumerable<Window> Windows(TokenScorer scorer, ReadOnlyMemory<int> ids, int context, int stride, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(scorer);
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(stride, context);
        if (ids.Length < 2) throw new ArgumentException("A text of at least two tokens is needed: the first one is never scored.", nameof(ids));
        return Run();

        IEnumerable<Window> Run()
        {
            var done = 1;
            for (var start = 0; done < ids.Length; start += stride)
            {
                var end = Math.Min(start + context, ids.Length);
                if (end <= done) continue;
                var scores = scorer.Score(ids.Span[start..end], first: done - start, cancellation: cancellation);
                yield return new Window(start, end, end - done, scores.NegativeLogLikelihood);
                done = end;
            }
        }
    }

    /// <summary>The perplexity of windows together: e to Σ nll / Σ scored.</summary>
    public static double Of(IEnumerable<Window> windows)
    {
        ArgumentNullException.ThrowIfNull(windows);
        var (nll, scored) = (0.0, 0);
        foreach (var window in windows) (nll, scored) = (nll + window.NegativeLogLikelihood, scored + window.Scored);
        return Math.Exp(nll / scored);
    }
}
