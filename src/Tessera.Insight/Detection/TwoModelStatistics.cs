using Tessera.Models;

namespace Tessera.Insight.Detection;

/// <summary>
/// What two models over one vocabulary say of a text together: the observer (sampling or reference model) and the performer (scoring model).
/// </summary>
public sealed class TwoModelStatistics
{
    /// <summary>Puts statistics together.</summary>
    /// <param name="ids">The text's tokens, at least two.</param>
    /// <param name="performer">The performer's statistics of each token but the first.</param>
    /// <param name="cross">Both models' rows behind each token, the last one included.</param>
    /// <exception cref="ArgumentException">Numbers do not fit.</exception>
    public TwoModelStatistics(IReadOnlyList<int> ids, IReadOnlyList<TokenStatistics> performer, IReadOnlyList<CrossStatistics> cross)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(performer);
        ArgumentNullException.ThrowIfNull(cross);
        if (ids.Count < 2 || performer.Count != ids.Count - 1 || cross.Count != ids.Count)
            throw new ArgumentException($"{ids.Count} tokens, {performer.Count} scored ones and {cross.Count} positions do not belong together.", nameof(ids));
        (Ids, Performer, Cross) = (ids, performer, cross);
    }

    /// <summary>The text's tokens.</summary>
    public IReadOnlyList<int> Ids { get; }

    /// <summary>The performer's statistics of each token but the first, over the shared width of both rows.</summary>
    public IReadOnlyList<TokenStatistics> Performer { get; }

    /// <summary>What the observer expects of the performer behind each token, the last one included: one entry more than <see cref="Performer"/>.</summary>
    public IReadOnlyList<CrossStatistics> Cross { get; }

    /// <summary>Computes the statistics from stored logits; row i is behind token i.</summary>
    /// <param name="observer">[tokens, width]; its width may differ from the performer's.</param>
    /// <param name="performer">[tokens, width].</param>
    /// <param name="ids">The tokens, at least two.</param>
    /// <exception cref="ArgumentException">A table is no whole number of rows, or a token is outside the shared width.</exception>
    /// <exception cref="LogitsException">A row describes no distribution.</exception>
    public static TwoModelStatistics Of(ReadOnlySpan<float> observer, ReadOnlySpan<float> performer, ReadOnlySpan<int> ids)
    {
        if (ids.Length < 2 || observer.Length % ids.Length != 0 || performer.Length % ids.Length != 0)
            throw new ArgumentException("A row of each model for each of at least two tokens is needed.", nameof(ids));
        var (widthQ, widthP) = (observer.Length / ids.Length, performer.Length / ids.Length);
        var (scored, cross) = (new TokenStatistics[ids.Length - 1], new CrossStatistics[ids.Length]);
        for (var i = 0; i < ids.Length; i++)
        {
            var row = performer.Slice(i * widthP, widthP);
            cross[i] = CrossStatistics.Compute(observer.Slice(i * widthQ, widthQ), row, i + 1);
            if (i + 1 < ids.Length) scored[i] = TokenStatistics.Compute(row[..Math.Min(widthP, widthQ)], ids[i + 1], default, i + 1);
        }

        return new TwoModelStatistics(ids.ToArray(), scored, cross);
    }
}
