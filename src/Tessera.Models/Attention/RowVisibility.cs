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

    private RowVisibility(int rows)
    {
        Kind = VisibilityKind.Mask;
        Rows = rows;
        _words = (rows + 63) / 64;
        _bits = new ulong[checked((long)rows * _words)];
    }

    private RowVisibility(RowVisibility other, int cachedPrefix)
    {
        (Kind, Rows, _bits, _words, Slots) = (other.Kind, other.Rows, other._bits, other._words, other.Slots);
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
        if (Kind == VisibilityKind.Slots) throw new InvalidOperationException("Chosen slots need no prefix.");
        return new RowVisibility(this, length);
    }

    /// <summary>Whether a row of the pass sees another one.</summary>
    public bool Sees(int row, int other) => Kind switch
    {
        VisibilityKind.Full => true,
        VisibilityKind.Mask => (_bits[row * _words + (other >> 6)] >> (other & 63) & 1) != 0,
        _ => other <= row,
    };

    private void Show(int row, int other) => _bits[row * _words + (other >> 6)] |= 1UL << (other & 63);
}
