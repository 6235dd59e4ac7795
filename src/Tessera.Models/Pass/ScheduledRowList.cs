namespace Tessera.Models.Passes;

/// <summary>A growing list of rows, column by column: what a <see cref="RowBatch"/> needs of each, and where its hidden state comes from.</summary>
internal sealed class ScheduledRowList
{
    private int[] _columns = new int[64 * 6];
    private int _capacity = 64;

    internal int Count { get; private set; }

    internal Span<int> Ids(int first, int count) => Column(0).Slice(first, count);

    internal Span<int> Tokens(int first, int count) => Column(1).Slice(first, count);

    internal Span<int> Positions(int first, int count) => Column(2).Slice(first, count);

    internal Span<int> TokenTypes(int first, int count) => Column(3).Slice(first, count);

    /// <summary>The row of the pass's batch; -1 for a token of an earlier pass.</summary>
    internal Span<int> Origins(int first, int count) => Column(4).Slice(first, count);

    /// <summary>Where the hidden state is, as <see cref="Pass.Compose"/> counts.</summary>
    internal Span<int> Sources(int first, int count) => Column(5).Slice(first, count);

    internal void Clear() => Count = 0;

    internal void Add(int id, int token, int position, int type, int origin, int source)
    {
        if (Count == _capacity) Grow();
        var at = Count++;
        (Column(0)[at], Column(1)[at], Column(2)[at], Column(3)[at], Column(4)[at], Column(5)[at]) = (id, token, position, type, origin, source);
    }

    /// <summary>Adds a row of another list with another source.</summary>
    internal void Add(ScheduledRowList other, int row, int source) =>
        Add(other.Column(0)[row], other.Column(1)[row], other.Column(2)[row], other.Column(3)[row], other.Column(4)[row], source);

    private Span<int> Column(int column) => _columns.AsSpan(column * _capacity, _capacity);

    private void Grow()
    {
        var grown = new int[checked(_columns.Length * 2)];
        for (var column = 0; column < 6; column++) Column(column).CopyTo(grown.AsSpan(column * _capacity * 2));
        (_columns, _capacity) = (grown, _capacity * 2);
    }
}
