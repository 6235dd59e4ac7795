using Tessera.Models.Attention;

namespace Tessera.Generation;

/// <summary>
/// The tree whose path is still to be committed: which row follows which, positions and depths. Reusable: a tree of a shape that was there before
/// allocates nothing, another one its visibility (a bit for each pair of rows) alone.
/// </summary>
internal sealed class DraftTree
{
    private int[] _parents = [];
    private int[] _positions = [];
    private int _shape; // rows that the visibility was made for

    /// <summary>Its rows; 0 where there is none.</summary>
    public int Count { get; private set; }

    /// <summary>Tokens of its longest path.</summary>
    public int Depth { get; private set; }

    /// <summary>The row that each row follows; −1 for the sequence.</summary>
    public ReadOnlySpan<int> Parents => _parents.AsSpan(0, Count);

    /// <summary>The position of each row.</summary>
    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, Count);

    /// <summary>Who sees whom.</summary>
    public RowVisibility Visibility { get; private set; } = RowVisibility.Causal;

    /// <summary>Takes a tree.</summary>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="parents">The row that each row follows, before it; −1 for the sequence.</param>
    /// <param name="position">The position of a row that follows the sequence.</param>
    /// <exception cref="ArgumentException">It is no tree.</exception>
    public void Set(ReadOnlySpan<int> tokens, ReadOnlySpan<int> parents, int position)
    {
        if (tokens.IsEmpty)
            throw new ArgumentException("At least one token is run.", nameof(tokens));
        if (parents.Length != tokens.Length)
            throw new ArgumentException($"{tokens.Length} rows have a parent each, not {parents.Length}.", nameof(parents));
        var same = _shape == parents.Length && parents.SequenceEqual(_parents.AsSpan(0, _shape));
        if (!same)
        {
            Visibility = RowVisibility.Tree(parents);
            if (_parents.Length < parents.Length)
                (_parents, _positions) = (new int[parents.Length], new int[parents.Length]);
            parents.CopyTo(_parents);
            _shape = parents.Length;
        }

        Depth = 0;
        for (var row = 0; row < parents.Length; row++)
        {
            _positions[row] = parents[row] < 0 ? position : _positions[parents[row]] + 1;
            Depth = Math.Max(Depth, _positions[row] - position + 1);
        }

        Count = tokens.Length;
    }

    /// <summary>Checks that rows are a path from the sequence on.</summary>
    public void Check(ReadOnlySpan<int> rows)
    {
        if (Count == 0)
            throw new InvalidOperationException("CommitPath follows RunTreeAsync.");
        var parent = -1;
        foreach (var row in rows)
        {
            if ((uint)row >= (uint)Count || _parents[row] != parent)
                throw new ArgumentException($"Row {row} does not follow row {parent} in the tree of {Count} rows.", nameof(rows));
            parent = row;
        }
    }

    /// <summary>Refuses what may not be done while a tree waits for its path.</summary>
    public void RequireNone()
    {
        if (Count > 0)
            throw new InvalidOperationException("A draft tree waits for CommitPath.");
    }

    /// <summary>Its path is committed, or it has failed.</summary>
    public void Clear() => Count = 0;
}
