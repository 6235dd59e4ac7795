namespace Tessera.Models.Attention;

/// <summary>Which figures of an attention's weights a caller wants to see. What is not asked for costs nothing.</summary>
public sealed record ObservationRequest
{
    /// <summary>For each query head and slot the sum of the weights that the pass's rows gave it. Default false.</summary>
    public bool ColumnSums { get; init; }

    /// <summary>The same over the last rows of the pass only: how many; 0 for not at all.</summary>
    public int WindowRows { get; init; }

    /// <summary>For each query head the weights of the last row. Default false.</summary>
    public bool LastRow { get; init; }

    /// <summary>For each query head and row the entropy of its weights, in nats. Default false.</summary>
    public bool RowEntropies { get; init; }

    /// <summary>For each query head and row the slots of largest weight: how many; 0 for not at all.</summary>
    public int TopKeys { get; init; }

    /// <summary>Rows of the pass whose weights are wanted whole.</summary>
    public IReadOnlyList<int> FullRows { get; init; } = [];

    /// <summary>Whether the weights of every row are wanted whole: rows · slots floats for each head. Default false.</summary>
    public bool AllRows { get; init; }

    /// <summary>
    /// Side of the blocks in which the largest positive dot product, averaged over the query heads, is wanted; 0 for not at all. Costs the products of
    /// queries and keys once more.
    /// </summary>
    public int BlockMax { get; init; }

    internal bool NeedsOnlyLastRow => LastRow && !(ColumnSums || WindowRows > 0 || RowEntropies || TopKeys > 0 || AllRows || FullRows.Count > 0);

    internal bool NeedsWeights => ColumnSums || WindowRows > 0 || LastRow || RowEntropies || TopKeys > 0 || AllRows || FullRows.Count > 0;
}
