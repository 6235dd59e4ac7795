using Tessera.Models.State;
using Tessera.Tensors;

namespace Tessera.Models.Attention;

/// <summary>
/// One KV head of a state as a block of rows sees it: pages of keys and values in F32, positions, and which slots each row sees.
/// Compiles every <see cref="RowVisibility"/> and the rule's distance limit to a range of slots and, where that does not do, a mask behind it.
/// </summary>
internal unsafe ref struct AttentionView
{
    private readonly KeyValueState _state;
    private readonly HeadSlots _slots;
    private readonly PageLayout _layout;
    private readonly RowVisibility _visibility;
    private readonly int? _maxDistance;
    private readonly int _cached;
    private readonly int _maskBase;
    private readonly float* _expanded;
    private readonly GatheredHead* _gathered;
    private readonly bool _ordered; // token indices increase along the slots
    private readonly bool _positionsOrdered;
    private byte* _mask;

    internal AttentionView(in AttentionSpan span, int kvHead, GatheredHead* gathered, int? maxDistance, Arena arena)
    {
        _state = span.State;
        _slots = span.State.SlotsOf(kvHead);
        _layout = span.State.Pages;
        _visibility = span.Visibility;
        _maxDistance = maxDistance;
        _gathered = gathered;
        Count = gathered is null ? _slots.Count : gathered->Count;
        _ordered = _state.Ordered;
        _positionsOrdered = _state.PositionsOrdered || gathered is not null && _state is { Rotation: not null, Renumbers: true };
        _cached = span.ReadOnly ? Count : Count - span.RowCount;
        ByToken = !_ordered && !span.ReadOnly && _visibility.Kind is VisibilityKind.Causal or VisibilityKind.Slots;
        var byPosition = !_positionsOrdered && maxDistance is not null;
        _maskBase = ByToken || byPosition || _visibility.MaskedSlots > 0 ? 0
            : _visibility.CachedPrefix < _cached ? _visibility.CachedPrefix
            : _visibility.Kind == VisibilityKind.Mask ? _cached
            : int.MaxValue;
        var floats = Math.Max(_layout.Keys.Width, _layout.Values.Width) * PagePlane.Slots;
        var inPlace = gathered is not null || _layout.Keys.Format == TensorFormat.F32 && _layout.Values.Format == TensorFormat.F32;
        _expanded = inPlace ? null : arena.Floats(floats);
    }

    // Whether a row sees the tokens before its own, wherever they lie.
    private readonly bool ByToken { get; }

    /// <summary>Slots, those of the pass's rows included.</summary>
    internal int Count { get; }

    /// <summary>Floats between two values.</summary>
    internal readonly int ValueWidth => _layout.Values.Width;

    /// <summary>The keys of a page, [head size, 32]; valid until the next call.</summary>
    internal readonly float* Keys(int page)
    {
        if (_gathered is not null) return _gathered->Keys + (long)page * _layout.Keys.Size * PagePlane.Slots;
        var plane = PageLayout.KeysOf(_slots[page]);
        if (_layout.Keys.Format == TensorFormat.F32) return (float*)plane;
        _layout.Keys.Expand(plane, _expanded);
        return _expanded;
    }

    /// <summary>The values of a page, [32, width]; valid until the next call.</summary>
    internal readonly float* Values(int page)
    {
        if (_gathered is not null) return _gathered->Values + (long)page * PagePlane.Slots * _layout.Values.Width;
        var plane = _layout.ValuesOf(_slots[page]);
        if (_layout.Values.Format == TensorFormat.F32) return (float*)plane;
        _layout.Values.Expand(plane, _expanded);
        return _expanded;
    }

    /// <summary>Copies the positions of slots [first, end).</summary>
    internal readonly void CopyPositions(int first, int end, int* target)
    {
        while (first < end)
        {
            var count = Math.Min(end - first, PagePlane.Slots - first % PagePlane.Slots);
            var source = _gathered is not null ? _gathered->Positions + first : _layout.Positions(_slots[first / PagePlane.Slots]) + first % PagePlane.Slots;
            Buffer.MemoryCopy(source, target, count * sizeof(int), count * sizeof(int));
            target += count;
            first += count;
        }
    }

    /// <summary>Finds what rows [first, first + count) of the sequence see.</summary>
    internal void FindRanges(int firstRow, int rows, int* positions, KeyRange* ranges, Arena arena)
    {
        var masked = _maskBase < Count ? Count - _maskBase : 0;
        if (masked > 0) _mask = arena.Bytes((long)masked * rows);
        for (var r = 0; r < rows; r++)
        {
            var row = firstRow + r;
            var range = new KeyRange
            {
                Low = 0,
                High = _visibility.Kind is VisibilityKind.Causal or VisibilityKind.Slots && !ByToken ? Math.Min(Count, _cached + row + 1) : Count,
            };
            if (_maxDistance is { } limit && _positionsOrdered)
            {
                range.Low = FirstAtOrAfter((long)positions[r] - limit);
                range.High = Math.Max(range.Low, Math.Min(range.High, FirstAtOrAfter((long)positions[r] + limit + 1)));
            }

            range.Exceptions = Math.Clamp(_maskBase, range.Low, range.High);
            range.Visible = range.Exceptions - range.Low;
            if (masked > 0) FillMask(r, row, positions[r], masked, ref range);
            ranges[r] = range;
        }
    }

    /// <summary>Whether a row sees a slot at or behind its exceptions.</summary>
    internal readonly bool Sees(int row, int slot) => _mask[(long)row * (Count - _maskBase) + slot - _maskBase] != 0;

    private readonly void FillMask(int r, int row, int position, int masked, ref KeyRange range)
    {
        var mask = _mask + (long)r * masked;
        var last = range.Exceptions;
        var token = ByToken ? TokenAt(_cached + row) : 0;
        for (var slot = range.Exceptions; slot < range.High; slot++)
        {
            var seen = slot < _cached ? _visibility.SeesCached(row, slot)
                : ByToken || _visibility.Sees(row, slot - _cached);
            if (seen && ByToken) seen = TokenAt(slot) <= token;
            if (seen && _maxDistance is { } limit && !_positionsOrdered) seen = Math.Abs((long)PositionAt(slot) - position) <= limit;
            mask[slot - _maskBase] = seen ? (byte)1 : (byte)0;
            if (!seen) continue;
            range.Visible++;
            last = slot + 1;
        }

        range.High = last;
    }

    private readonly int PositionAt(int slot) => _gathered is not null ? _gathered->Positions[slot] : _layout.Positions(_slots[slot / PagePlane.Slots])[slot % PagePlane.Slots];

    private readonly int TokenAt(int slot) => _gathered is not null ? _gathered->Tokens[slot] : _layout.Tokens(_slots[slot / PagePlane.Slots])[slot % PagePlane.Slots];

    private readonly int FirstAtOrAfter(long position)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (PositionAt(middle) < position) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
