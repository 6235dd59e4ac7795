using System.Numerics;
using System.Runtime.Intrinsics;

namespace Tessera.Generation;

/// <summary>
/// For every token the tokens that are likely to follow it, as last seen: the adjacency matrix of Token Recycling (arXiv 2408.08696),
/// int32[vocabulary, candidates], −1 where nothing is known. It holds guesses: whatever stands in it, verified decoding gives the same answer.
/// Not thread-safe.
/// </summary>
internal sealed class AdjacencyMatrix
{
    private readonly int[] _cells; // [vocabulary, candidates]

    /// <summary>An empty matrix.</summary>
    /// <param name="vocabularySize">Rows.</param>
    /// <param name="candidates">Candidates for each token, 1 to 64 and no more than there are tokens. The paper uses 8.</param>
    public AdjacencyMatrix(int vocabularySize, int candidates = 8)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(candidates, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(candidates, Math.Min(64, vocabularySize));
        (VocabularySize, Candidates) = (vocabularySize, candidates);
        _cells = new int[checked(vocabularySize * candidates)];
        Array.Fill(_cells, -1);
    }

    /// <summary>Tokens.</summary>
    public int VocabularySize { get; }

    /// <summary>Candidates for each token.</summary>
    public int Candidates { get; }

    /// <summary>The candidates after a token, most likely first; −1 where there are fewer.</summary>
    /// <param name="token">The token.</param>
    public ReadOnlySpan<int> this[int token] => Row(token);

    /// <summary>Replaces the candidates after a token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="candidates">The candidates, most likely first; the rest becomes −1.</param>
    public void Set(int token, ReadOnlySpan<int> candidates)
    {
        var row = Row(token);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(candidates.Length, row.Length, nameof(candidates));
        foreach (var candidate in candidates)
        {
            if (candidate < -1 || candidate >= VocabularySize)
                throw new ArgumentOutOfRangeException(nameof(candidates), candidate, $"Token {candidate} is not among the {VocabularySize}.");
        }

        row.Fill(-1);
        candidates.CopyTo(row);
    }

    /// <summary>Replaces the candidates after a token by the most likely ones of a row of logits, ties by lower id.</summary>
    /// <param name="token">The token.</param>
    /// <param name="logits">The logits of the token after it, <c>[vocabulary]</c>.</param>
    public void Learn(int token, ReadOnlySpan<float> logits)
    {
        if (logits.Length != VocabularySize)
            throw new ArgumentException($"A row has {VocabularySize} logits, not {logits.Length}.", nameof(logits));
        Largest(logits, Row(token));
    }

    private Span<int> Row(int token)
    {
        if ((uint)token >= (uint)VocabularySize) throw new ArgumentOutOfRangeException(nameof(token), token, $"Token {token} is not among the {VocabularySize}.");
        return _cells.AsSpan(token * Candidates, Candidates);
    }

    /// <summary>The ids of the largest logits: one scan against the smallest that is held, which few logits pass.</summary>
    private static void Largest(ReadOnlySpan<float> logits, Span<int> ids)
    {
        ids.Fill(-1);
        Span<float> held = stackalloc float[ids.Length];
        held.Fill(float.NegativeInfinity);
        var i = 0;
        for (; i <= logits.Length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var mask = Vector512.GreaterThan(Vector512.Create(logits.Slice(i, Vector512<float>.Count)), Vector512.Create(held[^1])).ExtractMostSignificantBits();
            for (; mask != 0; mask &= mask - 1)
                Insert(logits, i + BitOperations.TrailingZeroCount(mask), ids, held);
        }

        for (; i < logits.Length; i++)
            Insert(logits, i, ids, held);
    }

    private static void Insert(ReadOnlySpan<float> logits, int id, Span<int> ids, Span<float> held)
    {
        var logit = logits[id];
        if (!(logit > held[^1])) return; // equal: the lower id stands already
        var at = held.Length - 1;
        for (; at > 0 && logit > held[at - 1]; at--) (held[at], ids[at]) = (held[at - 1], ids[at - 1]);
        (held[at], ids[at]) = (logit, id);
    }
}
