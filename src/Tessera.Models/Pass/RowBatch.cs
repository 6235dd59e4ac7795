using System.Runtime.InteropServices;
using Tessera.Models.Attention;
using Tessera.Models.State;

namespace Tessera.Models.Passes;

/// <summary>
/// The rows of one pass: ragged, any number of rows of any number of sequences, those of one sequence side by side. Each row is a token
/// id, a vector or a weighted mixture of ids, with its token index (where it stands in its sequence) and its position (what rotations and position tables see).
/// Reusable: after <see cref="Clear"/> it fills again without allocating.
/// </summary>
public sealed class RowBatch
{
    private readonly List<SequenceRows> _sequences = [];
    private readonly Dictionary<int, ReadOnlyMemory<float>> _vectors = [];
    private readonly Dictionary<int, (int First, int Count)> _mixtures = [];
    private readonly List<int> _mixtureIds = [];
    private readonly List<float> _mixtureWeights = [];
    private int[] _ids = new int[64];
    private int[] _tokens = new int[64];
    private int[] _positions = new int[64];
    private int[] _tokenTypes = new int[64];
    private int _count;

    /// <summary>One sequence's share of the rows.</summary>
    /// <param name="Sequence">The sequence.</param>
    /// <param name="First">Its first row in the pass.</param>
    /// <param name="Count">How many rows it has.</param>
    /// <param name="FirstToken">Where its first row stands in the sequence.</param>
    /// <param name="Visibility">Which rows of the pass each of its rows sees.</param>
    public readonly record struct SequenceRows(Sequence Sequence, int First, int Count, int FirstToken, RowVisibility Visibility);

    /// <summary>The number of rows.</summary>
    public int Count => _count;

    /// <summary>The sequences, in the order of their rows.</summary>
    public ReadOnlySpan<SequenceRows> Sequences => CollectionsMarshal.AsSpan(_sequences);

    /// <summary>The token id of each row; -1 where the row is a vector or a mixture.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, _count);

    /// <summary>Where each row stands in its sequence, 0-based.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, _count);

    /// <summary>The position of each row.</summary>
    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, _count);

    /// <summary>The token type (segment) of each row; 0 unless given.</summary>
    public ReadOnlySpan<int> TokenTypes => _tokenTypes.AsSpan(0, _count);

    /// <summary>The vectors that stand in for embeddings, by row; [width] each, as they leave the embedding table before any scaling.</summary>
    public IReadOnlyDictionary<int, ReadOnlyMemory<float>> Vectors => _vectors;

    // Whether a sequence of the batch has an adapter.
    internal bool HasAdapters { get; private set; }

    /// <summary>Forgets all rows.</summary>
    public void Clear()
    {
        _sequences.Clear();
        _vectors.Clear();
        _mixtures.Clear();
        _mixtureIds.Clear();
        _mixtureWeights.Clear();
        _count = 0;
        HasAdapters = false;
    }

    /// <summary>Adds rows that continue a sequence; they see what it holds and, by default, the rows before them.</summary>
    /// <param name="sequence">The sequence. It may stand in a batch once.</param>
    /// <param name="ids">The tokens.</param>
    /// <param name="positions">Their positions; empty for the sequence's next ones.</param>
    /// <param name="visibility">Which of these rows each of them sees; by default those before it and itself, or all where the model is an encoder.</param>
    /// <param name="tokenTypes">Their token types; empty for zeros.</param>
    /// <returns>The index of the first of these rows in the pass.</returns>
    public int Add(
        Sequence sequence, ReadOnlySpan<int> ids, ReadOnlySpan<int> positions = default, RowVisibility? visibility = null, ReadOnlySpan<int> tokenTypes = default)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        if (ids.IsEmpty) throw new ArgumentException("A sequence takes part in a pass with at least one row.", nameof(ids));
        if (!positions.IsEmpty && positions.Length != ids.Length) throw new ArgumentException("One position a row, or none.", nameof(positions));
        if (!tokenTypes.IsEmpty && tokenTypes.Length != ids.Length) throw new ArgumentException("One token type a row, or none.", nameof(tokenTypes));
        foreach (var other in _sequences)
        {
            if (ReferenceEquals(other.Sequence, sequence)) throw new ArgumentException("The sequence is in the batch already.", nameof(sequence));
        }

        var first = _count;
        Grow(first + ids.Length);
        ids.CopyTo(_ids.AsSpan(first));
        for (var i = 0; i < ids.Length; i++) _tokens[first + i] = sequence.Length + i;
        if (positions.IsEmpty && sequence.Stack.Config.PaddingToken is >= 0 and var padding && sequence.Length == 0)
        {
            Tessera.Tensors.Kernels.Positions.CountedFromPadding(ids, padding, _positions.AsSpan(first, ids.Length));
        }
        else if (positions.IsEmpty)
        {
            for (var i = 0; i < ids.Length; i++) _positions[first + i] = sequence.NextPosition + i;
        }
        else
        {
            positions.CopyTo(_positions.AsSpan(first));
        }

        var types = _tokenTypes.AsSpan(first, ids.Length);
        if (tokenTypes.IsEmpty) types.Clear();
        else tokenTypes.CopyTo(types);
        HasAdapters |= sequence.Adapter is not null;
        _sequences.Add(new SequenceRows(sequence, first, ids.Length, sequence.Length, visibility ?? sequence.DefaultVisibility));
        _count += ids.Length;
        return first;
    }

    /// <summary>Lets a vector take the place of a row's embedding.</summary>
    /// <param name="row">The row.</param>
    /// <param name="vector">The vector, [width]; kept by reference until the pass has run.</param>
    public void SetVector(int row, ReadOnlyMemory<float> vector)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, _count);
        _ids[row] = -1;
        _mixtures.Remove(row);
        _vectors[row] = vector;
    }

    /// <summary>
    /// Lets Σ weight·embedding(id) take the place of a row's embedding: a distribution instead of a token (soft tokens), or any other mixture.
    /// One id of weight 1 gives the bits of that id.
    /// </summary>
    /// <param name="row">The row.</param>
    /// <param name="ids">At least one token id; copied. An id may occur twice.</param>
    /// <param name="weights">The weight of each, finite; they need not add up to 1. Copied.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a weight is not finite; the batch is as it was.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The row is not in the batch, or an id is outside the vocabulary of the row's model.</exception>
    public void SetMixture(int row, ReadOnlySpan<int> ids, ReadOnlySpan<float> weights)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, _count);
        if (ids.IsEmpty || ids.Length != weights.Length) throw new ArgumentException("A mixture has at least one id, and a weight for each.", nameof(ids));
        var sequence = SequenceOf(row);
        var vocabulary = (sequence.Embedding ?? sequence.Stack.Embedding).Tensor.Shape.Span[0];
        for (var i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)vocabulary) throw new ArgumentOutOfRangeException(nameof(ids), ids[i], $"Token id {ids[i]} is outside the vocabulary of {vocabulary}.");
            if (!float.IsFinite(weights[i])) throw new ArgumentException($"The weight of id {ids[i]} is {weights[i]}.", nameof(weights));
        }

        _ids[row] = -1;
        _vectors.Remove(row);
        _mixtures[row] = (_mixtureIds.Count, ids.Length);
        _mixtureIds.AddRange(ids);
        _mixtureWeights.AddRange(weights);
    }

    // The ids and weights of a row that is a mixture.
    internal bool TryGetMixture(int row, out ReadOnlySpan<int> ids, out ReadOnlySpan<float> weights)
    {
        var found = _mixtures.TryGetValue(row, out var part);
        ids = CollectionsMarshal.AsSpan(_mixtureIds).Slice(part.First, part.Count);
        weights = CollectionsMarshal.AsSpan(_mixtureWeights).Slice(part.First, part.Count);
        return found;
    }

    internal Sequence SequenceOf(int row)
    {
        foreach (var part in Sequences)
        {
            if (row < part.First + part.Count) return part.Sequence;
        }

        throw new ArgumentOutOfRangeException(nameof(row), row, "The row belongs to no sequence.");
    }

    // The rows of a layer that a schedule chose; their embeddings are behind them.
    internal void AddChosen(in SequenceRows whole, ScheduledRowList rows, int first, int count, RowVisibility visibility)
    {
        Grow(_count + count);
        rows.Ids(first, count).CopyTo(_ids.AsSpan(_count));
        rows.Tokens(first, count).CopyTo(_tokens.AsSpan(_count));
        rows.Positions(first, count).CopyTo(_positions.AsSpan(_count));
        rows.TokenTypes(first, count).CopyTo(_tokenTypes.AsSpan(_count));
        HasAdapters |= whole.Sequence.Adapter is not null;
        _sequences.Add(new SequenceRows(whole.Sequence, _count, count, _tokens[_count], visibility));
        _count += count;
    }

    private void Grow(int capacity)
    {
        if (capacity <= _ids.Length) return;
        var size = Math.Max(capacity, _ids.Length * 2);
        Array.Resize(ref _ids, size);
        Array.Resize(ref _tokens, size);
        Array.Resize(ref _positions, size);
        Array.Resize(ref _tokenTypes, size);
    }
}
