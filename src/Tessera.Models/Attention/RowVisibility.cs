namespace Tessera.Models.Attention;

/// <summary>
/// Which keys the rows of a pass see: those that the sequence's state held before (all, a prefix, or chosen slots), and some of the pass's own
/// rows. Causal, bidirectional, block, tree and bit masks are all of this form. Immutable; shared between layers.
/// </summary>
public sealed class RowVisibility
{
    private readonly ulong[] _bits = [];
    private readonly int _words;

    private RowVisibility(VisibilityKind kind) => Kind = kind;

    private RowVisibility(int rows, int cached = 0)
    {
        Kind = VisibilityKind.Mask;
        Rows = rows;
        MaskedSlots = cached;
        _words = (int)(((long)cached + rows + 63) / 64);
        _bits = new ulong[checked((long)rows * _words)];
    }

    private RowVisibility(RowVisibility other, int cachedPrefix)
    {
        (Kind, Rows, MaskedSlots, _bits, _words, Slots) = (other.Kind, other.Rows, other.MaskedSlots, other._bits, other._words, other.Slots);
        CachedPrefix = cachedPrefix;
    }

    /// <summary>Everything cached, the rows of the pass before a row, and itself.</summary>
    public static RowVisibility Causal { get; } = new(VisibilityKind.Causal);

    /// <summary>Everything cached and all rows of the pass.</summary>
    public static RowVisibility Full { get; } = new(VisibilityKind.Full);

    /// <summary>How many rows the pass must have; 0 for any number.</summary>
    public int Rows { get; }

    /// <summary>How many of the cached slots are visible, from the first on; <see cref="int.MaxValue"/> for all.</summary>
    public int CachedPrefix { get; } = int.MaxValue;

    internal VisibilityKind Kind { get; }

    // The cached slots that a mask speaks of, from the first on; 0 where every row sees all of them.
    internal int MaskedSlots { get; }

    // The cached slots to read, per KV head or one list for all; null unless chosen.
    internal IReadOnlyList<int[]>? Slots { get; private init; }

    /// <summary>A bit matrix over the rows of the pass.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="visible">[row, other row]: whether the row sees the other one. A row that sees nothing gives zeros.</param>
    public static RowVisibility FromMask(int rows, ReadOnlySpan<bool> visible)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        if (visible.Length != (long)rows * rows) throw new ArgumentException($"A mask over {rows} rows has {(long)rows * rows} entries.", nameof(visible));
        var mask = new RowVisibility(rows);
        for (var row = 0; row < rows; row++)
        {
            for (var other = 0; other < rows; other++)
            {
                if (visible[row * rows + other]) mask.Show(row, other);
            }
        }

        return mask;
    }

    /// <summary>A bit matrix over the cached slots and the rows of the pass: each row sees a subset of its own of both.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="cached">The slots that are cached before the pass, in every KV head.</param>
    /// <param name="visible">[row, cached slot or, behind those, other row]. A row that sees nothing gives zeros.</param>
    public static RowVisibility FromMask(int rows, int cached, ReadOnlySpan<bool> visible)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(cached);
        var columns = checked(cached + rows);
        if (visible.Length != (long)rows * columns) throw new ArgumentException($"A mask of {rows} rows over {columns} keys has {(long)rows * columns} entries.", nameof(visible));
        var mask = new RowVisibility(rows, cached);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                if (visible[row * columns + column]) mask.Show(row, column);
            }
        }

        return mask;
    }

    /// <summary>A draft tree: a row sees everything cached, its ancestors, and itself.</summary>
    /// <param name="parents">For each row the row that it follows, which stands before it; -1 where it follows the cached text.</param>
    public static RowVisibility Tree(ReadOnlySpan<int> parents)
    {
        if (parents.IsEmpty) throw new ArgumentException("A tree has at least one row.", nameof(parents));
        var mask = new RowVisibility(parents.Length);
        for (var row = 0; row < parents.Length; row++)
        {
            var parent = parents[row];
            if (parent < -1 || parent >= row) throw new ArgumentException($"Row {row} follows row {parent}; parents stand before their children.", nameof(parents));
            if (parent >= 0) mask._bits.AsSpan(parent * mask._words, mask._words).CopyTo(mask._bits.AsSpan(row * mask._words, mask._words));
            mask.Show(row, row);
        }

        return mask;
    }

    /// <summary>Chosen cached slots, then the rows of the pass before a row, and itself (token selection).</summary>
    /// <param name="slots">For each KV head, or once for all heads, the slots to read: strictly increasing, all cached before the pass.</param>
    public static RowVisibility FromSlots(IReadOnlyList<int[]> slots)
    {
        ArgumentNullException.ThrowIfNull(slots);
        if (slots.Count == 0) throw new ArgumentException("A list for each KV head, or one for all.", nameof(slots));
        foreach (var list in slots)
        {
            var previous = -1;
            foreach (var slot in list)
            {
                if (slot <= previous) throw new ArgumentException($"Slots must increase; {slot} follows {previous}.", nameof(slots));
                previous = slot;
            }
        }

        return new RowVisibility(VisibilityKind.Slots) { Slots = slots };
    }

    /// <summary>The same over the rows of the pass, but only the first cached slots are visible.</summary>
    /// <param name="length">How many.</param>
    public RowVisibility WithCachedPrefix(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (Kind == VisibilityKind.Slots || MaskedSlots > 0) throw new InvalidOperationException("Chosen slots need no prefix.");
        return new RowVisibility(this, length);
    }

    /// <summary>Whether a row of the pass sees another one.</summary>
    public bool Sees(int row, int other) => Kind switch
    {
        VisibilityKind.Full => true,
        VisibilityKind.Mask => IsShown(row, MaskedSlots + other),
        _ => other <= row,
    };

    // Whether a row sees a slot that was cached before the pass.
    internal bool SeesCached(int row, int slot) => MaskedSlots > 0 ? IsShown(row, slot) : slot < CachedPrefix;

    private bool IsShown(int row, int column) => (_bits[(long)row * _words + (column >> 6)] >> (column & 63) & 1) != 0;

    private void Show(int row, int column) => _bits[(long)row * _words + (column >> 6)] |= 1UL << (column & 63);
}
