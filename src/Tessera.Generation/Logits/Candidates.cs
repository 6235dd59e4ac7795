using System.Numerics;
using System.Runtime.Intrinsics;
using Tessera.Models;

namespace Tessera.Generation;

/// <summary>
/// The tokens that can still be chosen at one position, with their logits: two arrays side by side in ascending order of id. A token
/// that is ruled out is dropped, so every logit is finite. The order by probability is never stored; <see cref="Best"/> finds as much of
/// it as is asked for. One object serves a sequence for its whole life and allocates nothing after the first rows. Not thread-safe.
/// </summary>
public sealed partial class Candidates
{
    private readonly float[] _logits;
    private readonly int[] _ids;
    private int _moved; // the first entries of _ids that may differ from the identity
    private int[] _counts = [];

    /// <summary>Creates an empty set.</summary>
    /// <param name="vocabularySize">Length of the rows that will be loaded, at least 1.</param>
    public Candidates(int vocabularySize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        _logits = new float[vocabularySize];
        _ids = new int[vocabularySize];
        for (var i = 0; i < vocabularySize; i++)
            _ids[i] = i;
    }

    /// <summary>Length of the rows.</summary>
    public int VocabularySize => _ids.Length;

    /// <summary>How many tokens are left.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// How many tokens were ruled out by −∞ (in the row or by a stage) since candidates were last dropped for another reason: llama.cpp
    /// keeps those among its candidates, and its dynamic temperature counts them.
    /// </summary>
    public int ImpossibleCount { get; private set; }

    /// <summary>The ids of the tokens that are left, ascending.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>Their logits, in the same order; a stage may write to them.</summary>
    public Span<float> Logits => _logits.AsSpan(0, Count);

    /// <summary>Makes the set hold a row of logits; entries of −∞ are left out.</summary>
    /// <param name="logits">The row, <c>[vocabulary]</c>.</param>
    /// <param name="position">Position of the token that the row predicts, for error messages.</param>
    /// <exception cref="LogitsException">An entry is NaN or +∞, or all are −∞.</exception>
    public void Load(ReadOnlySpan<float> logits, int position = -1)
    {
        if (logits.Length != VocabularySize)
            throw new ArgumentException($"The row has {logits.Length} logits, the set was made for {VocabularySize}.", nameof(logits));

        for (var i = 0; i < _moved; i++)
            _ids[i] = i;
        _moved = 0;
        Count = VocabularySize;
        ImpossibleCount = 0;
        logits.CopyTo(_logits);
        var (min, max) = Range(logits);
        if (!(max < float.PositiveInfinity))
        {
            var i = 0;
            while (logits[i] < float.PositiveInfinity)
                i++;
            throw new LogitsException(position, $"the logit of token {i} is {(float.IsNaN(logits[i]) ? "NaN" : "+∞")}.");
        }

        if (max == float.NegativeInfinity)
            throw new LogitsException(position, $"none of {Count} tokens is possible (every logit is −∞).");
        if (min == float.NegativeInfinity)
            DropImpossible();
    }

    /// <summary>Where a token stands in <see cref="Ids"/>; negative if it has been dropped.</summary>
    /// <param name="id">The token id.</param>
    public int IndexOf(int id) => Count == VocabularySize && (uint)id < (uint)Count ? id : Ids.BinarySearch(id);

    /// <summary>Replaces a logit; values beyond float32 become its largest or smallest finite value.</summary>
    /// <param name="index">Index into <see cref="Logits"/>.</param>
    /// <param name="logit">The new logit; not NaN.</param>
    public void Set(int index, double logit) => Logits[index] = (float)Math.Clamp(logit, float.MinValue, float.MaxValue);

    /// <summary>The largest logit.</summary>
    public float Max() => Range(Logits).Max;

    /// <summary>Drops candidates whose logit is below a bound.</summary>
    /// <param name="bound">The smallest logit that stays.</param>
    /// <param name="minKeep">Best candidates that stay in any case.</param>
    /// <param name="ties">Which stay of those that equal the last of these.</param>
    public void KeepAtLeast(float bound, int minKeep, TieRule ties = TieRule.LowerIds)
    {
        var reach = 0;
        foreach (var logit in Logits)
            reach += logit >= bound ? 1 : 0;
        if (reach < minKeep)
            KeepBest(minKeep, ties);
        else
            KeepAtLeast(bound);
    }

    /// <summary>Drops candidates whose logit is below a bound, which may be all of them.</summary>
    /// <param name="bound">The smallest logit that stays.</param>
    public void KeepAtLeast(float bound) => Keep(bound, Count - 1);

    /// <summary>Drops every candidate whose logit a stage has set to −∞.</summary>
    public void DropImpossible()
    {
        var impossible = ImpossibleCount + Count;
        KeepAtLeast(float.MinValue);
        ImpossibleCount = impossible - Count;
    }

    /// <summary>Drops all but the candidates with the largest logits.</summary>
    /// <param name="count">How many stay, at least 1; more than there are keeps all.</param>
    /// <param name="ties">Which stay of those that equal the last one.</param>
    public void KeepBest(int count, TieRule ties = TieRule.LowerIds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (count >= Count)
            return;
        var last = Best(count)[^1];
        var bound = _logits[last];
        Keep(bound, ties == TieRule.All ? Count - 1 : last);
    }

    /// <summary>Drops the candidates that are not marked.</summary>
    /// <param name="stays">Which stay, by index; at least one.</param>
    internal void Keep(ReadOnlySpan<bool> stays)
    {
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            if (!stays[i]) continue;
            _logits[kept] = _logits[i];
            _ids[kept++] = _ids[i];
        }

        if (kept < Count)
            ImpossibleCount = 0;
        _moved = Math.Max(_moved, kept);
        Count = kept;
    }

    /// <summary>How often each token occurs in a piece of history; cleared by <see cref="ClearCounts"/>. Tokens outside the rows are skipped.</summary>
    internal Span<int> Counts(ReadOnlySpan<int> history)
    {
        if (_counts.Length == 0)
            _counts = new int[VocabularySize];
        foreach (var id in history)
        {
            if ((uint)id < (uint)_counts.Length)
                _counts[id]++;
        }

        return _counts;
    }

    /// <summary>Sets the counts of a piece of history back to zero.</summary>
    internal void ClearCounts(ReadOnlySpan<int> history)
    {
        foreach (var id in history)
        {
            if ((uint)id < (uint)_counts.Length)
                _counts[id] = 0;
        }
    }

    /// <summary>Keeps entries above a bound, and those equal to it whose index lies in [tieLast].</summary>
    private void Keep(float bound, int tieLast)
    {
        var kept = 0;
        var i = 0;
        var limit = Vector256.Create(bound);
        for (; i <= Count - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var mask = Vector256.GreaterThanOrEqual(Vector256.Create(_logits, i), limit).ExtractMostSignificantBits();
            for (; mask != 0; mask &= mask - 1)
                kept = Move(i + BitOperations.TrailingZeroCount(mask), kept, bound, tieLast);
        }

        for (; i < Count; i++)
        {
            if (_logits[i] >= bound)
                kept = Move(i, kept, bound, tieLast);
        }

        if (kept < Count)
            ImpossibleCount = 0;
        _moved = Math.Max(_moved, kept);
        Count = kept;
    }

    private int Move(int from, int to, float bound, int tieLast)
    {
        var logit = _logits[from];
        if (logit == bound && from > tieLast)
            return to;
        _logits[to] = logit;
        _ids[to] = _ids[from];
        return to + 1;
    }

    /// <summary>Smallest and largest entry; both NaN if one is. Empty: (+∞, −∞).</summary>
    private static (float Min, float Max) Range(ReadOnlySpan<float> logits)
    {
        var low = Vector256.Create(float.PositiveInfinity);
        var high = Vector256.Create(float.NegativeInfinity);
        var i = 0;
        for (; i <= logits.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var x = Vector256.Create(logits[i..]);
            low = Vector256.Min(low, x);
            high = Vector256.Max(high, x);
        }

        var (min, max) = (float.PositiveInfinity, float.NegativeInfinity);
        for (var lane = 0; lane < Vector256<float>.Count; lane++)
            (min, max) = (MathF.Min(min, low[lane]), MathF.Max(max, high[lane]));
        for (; i < logits.Length; i++)
            (min, max) = (MathF.Min(min, logits[i]), MathF.Max(max, logits[i]));
        return (min, max);
    }
}
