namespace Tessera.Models.State;

public sealed unsafe partial class KeyValueState
{
    /// <summary>Takes back every token whose index is at least <paramref name="length"/>, in every head.</summary>
    /// <param name="length">Tokens that stay, 0 to <see cref="Length"/>.</param>
    public override void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length);
        if (Ordered)
        {
            for (var h = 0; h < Heads; h++)
            {
                var count = _heads[h].Count;
                while (count > 0 && TokenOf(h, count - 1) >= length) count--;
                _heads[h].Shorten(count, _pool);
            }
        }
        else
        {
            var kept = new int[Heads][];
            for (var h = 0; h < Heads; h++) kept[h] = [.. Enumerable.Range(0, SlotCount(h)).Where(s => TokenOf(h, s) < length)];
            Carry(new KeepPlan(kept));
        }

        _length = length;
        _lastRows = 0;
        HasDropped &= length > 0;
        Reorder();
    }

    /// <inheritdoc/>
    public override KeyValueState Fork()
    {
        var heads = new HeadSlots[Heads];
        for (var h = 0; h < heads.Length; h++) heads[h] = _heads[h].Share();
        var fork = new KeyValueState(_layout, _pool, heads) { Rotation = Rotation, Renumbers = Renumbers };
        fork.CopyFlags(this);
        return fork;
    }

    /// <inheritdoc/>
    public override void Restore(LayerState snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        if (snapshot is not KeyValueState other || !SameLayout(other)) throw new ArgumentException("The snapshot has another layout.", nameof(snapshot));
        if (ReferenceEquals(other, this)) return;
        var heads = other._heads.Select(h => h.Share()).ToArray();
        Swap(heads);
        CopyFlags(other);
    }

    /// <inheritdoc/>
    public override void CommitPath(ReadOnlySpan<int> rows)
    {
        if (_lastRows == 0) throw new InvalidOperationException("CommitPath follows the pass that appended the tree's rows.");
        CheckIncreasing(rows, _lastRows, nameof(rows));
        foreach (var head in _heads) // own the pages that slots move within, before anything moves
        {
            for (var page = (head.Count - _lastRows) / PagePlane.Slots; page < HeadSlots.PagesFor(head.Count); page++) head.Own(page, _pool);
        }

        var firstToken = _length - _lastRows;
        foreach (var head in _heads)
        {
            var first = head.Count - _lastRows;
            for (var i = 0; i < rows.Length; i++)
            {
                var (from, to) = (first + rows[i], first + i);
                var target = head[to / PagePlane.Slots];
                if (from != to) _layout.CopySlot(head[from / PagePlane.Slots], from % PagePlane.Slots, target, to % PagePlane.Slots);
                _layout.Tokens(target)[to % PagePlane.Slots] = firstToken + i;
            }

            head.Shorten(first + rows.Length, _pool);
        }

        _length = firstToken + rows.Length;
        _lastRows = 0;
        (Ordered, PositionsOrdered) = (_orderedBefore, _positionsOrderedBefore); // the path's rows follow what was there
        for (var h = 0; h < (Uniform ? 1 : Heads); h++) CompareOrder(h, SlotCount(h) - rows.Length);
    }

    /// <summary>The accumulators of a head's slots.</summary>
    public void ReadAccumulators(int head, Span<float> sums)
    {
        RequireAccumulators();
        for (var slot = 0; slot < SlotCount(head); slot++) sums[slot] = _layout.Accumulators(PageOf(head, slot))[slot % PagePlane.Slots];
    }

    /// <summary>Adds to the accumulators of a head's slots, from the first slot on.</summary>
    /// <param name="head">The KV head.</param>
    /// <param name="sums">One float for each slot.</param>
    /// <param name="decay">What the present sums are multiplied by first; 1 keeps them.</param>
    public void AddToAccumulators(int head, ReadOnlySpan<float> sums, float decay = 1f)
    {
        RequireAccumulators();
        if (sums.Length != SlotCount(head)) throw new ArgumentException($"Head {head} holds {SlotCount(head)} slots, not {sums.Length}.", nameof(sums));
        for (var page = 0; page < HeadSlots.PagesFor(sums.Length); page++) _heads[head].Own(page, _pool);
        for (var slot = 0; slot < sums.Length; slot++)
        {
            ref var sum = ref _layout.Accumulators(_heads[head][slot / PagePlane.Slots])[slot % PagePlane.Slots];
            sum = sum * decay + sums[slot];
        }
    }

    /// <summary>
    /// Gives the slots of a head new positions by turning their stored keys. Not for quantised keys, which would be rounded again each
    /// time; keep those raw and rotate them when they are read.
    /// </summary>
    /// <param name="head">The KV head.</param>
    /// <param name="positions">The new position of each slot.</param>
    /// <param name="rotate">Turns a key from one position to another.</param>
    /// <exception cref="NotSupportedException">Keys are quantised.</exception>
    public void Rebase(int head, ReadOnlySpan<int> positions, RotateKey rotate)
    {
        ArgumentNullException.ThrowIfNull(rotate);
        if (Options.KeyFormat is not (Tensors.TensorFormat.F32 or Tensors.TensorFormat.F16)) throw Refusal(nameof(Rebase), "Its keys are quantised.");
        var count = SlotCount(head);
        if (positions.Length != count) throw new ArgumentException($"Head {head} holds {count} slots, not {positions.Length}.", nameof(positions));
        var moved = new HeadSlots { Count = count };
        try
        {
            var key = stackalloc float[HeadSize];
            for (var slot = 0; slot < count; slot++)
            {
                var (source, at) = (_heads[head][slot / PagePlane.Slots], slot % PagePlane.Slots);
                if (at == 0) moved.Add(_pool.Rent(_layout.ByteLength));
                var target = moved[slot / PagePlane.Slots];
                _layout.CopySlot(source, at, target, at);
                if (positions[slot] == _layout.Positions(source)[at]) continue;
                _layout.Keys.Read(PageLayout.KeysOf(source), at, key);
                rotate(new Span<float>(key, HeadSize), _layout.Positions(source)[at], positions[slot]);
                _layout.Keys.Write(PageLayout.KeysOf(target), at, key);
                _layout.Positions(target)[at] = positions[slot];
            }
        }
        catch
        {
            moved.Shorten(0, _pool);
            throw;
        }

        _heads[head].Shorten(0, _pool);
        _heads[head] = moved;
        _lastRows = 0;
        Reorder();
    }

    /// <summary>Gives the slots of a head new positions by turning their stored keys by the difference, with the model's own rotation.</summary>
    /// <param name="head">The KV head.</param>
    /// <param name="positions">The new position of each slot.</param>
    /// <param name="rotation">The layer's rotation.</param>
    /// <exception cref="NotSupportedException">Keys are quantised.</exception>
    public void Rebase(int head, ReadOnlySpan<int> positions, Tensors.Kernels.RotaryTable rotation)
    {
        ArgumentNullException.ThrowIfNull(rotation);
        var furthest = 0;
        for (var slot = 0; slot < Math.Min(positions.Length, SlotCount(head)); slot++) furthest = Math.Max(furthest, Math.Abs(positions[slot] - PositionOf(head, slot)));
        rotation.Reach(furthest);
        var factor = (float)rotation.Settings.ResolvedAttentionFactor; // stored keys have it already
        Rebase(head, positions, (key, from, to) =>
        {
            fixed (float* pointer = key) rotation.Rotate(pointer, 1, HeadSize, Math.Abs(to - from), inverse: to < from);
            if (factor != 1) foreach (ref var x in key) x /= factor;
        });
    }

    // Remembers what is here, for a pass that may append tokens of any index.
    internal void Mark()
    {
        foreach (var head in _heads) head.Marked = head.Count;
        _markedLength = _length;
    }

    // Takes back whatever was appended since.
    internal void ReturnToMark()
    {
        foreach (var head in _heads) head.Shorten(head.Marked, _pool);
        (_length, _lastRows) = (_markedLength, 0);
        Reorder();
    }

    private void RequireAccumulators()
    {
        if (!Options.Accumulators) throw new InvalidOperationException("The state was created without accumulators.");
    }

    private bool SameLayout(KeyValueState other) =>
        other.Heads == Heads && other.HeadSize == HeadSize && other.ValueSize == ValueSize && other.Options == Options &&
        ReferenceEquals(other._pool, _pool) && Rotation is null == other.Rotation is null;

    private void Swap(HeadSlots[] heads)
    {
        foreach (var head in _heads) head.Shorten(0, _pool);
        _heads = heads;
    }

    private void CopyFlags(KeyValueState other)
    {
        (_length, _lastRows) = (other._length, other._lastRows);
        (_orderedBefore, _positionsOrderedBefore) = (other._orderedBefore, other._positionsOrderedBefore);
        (Uniform, Ordered, PositionsOrdered, HasDropped) = (other.Uniform, other.Ordered, other.PositionsOrdered, other.HasDropped);
    }

    // Rows may have gone that were out of order: look again, where they ever were.
    private void Reorder()
    {
        if (Ordered && PositionsOrdered) return;
        Ordered = PositionsOrdered = true;
        for (var h = 0; h < Heads; h++) CompareOrder(h, 1);
    }

    private void CompareOrder(int head, int from)
    {
        for (var slot = Math.Max(from, 1); slot < SlotCount(head); slot++)
        {
            Ordered &= TokenOf(head, slot) > TokenOf(head, slot - 1);
            PositionsOrdered &= PositionOf(head, slot) >= PositionOf(head, slot - 1);
        }
    }

    private static void CheckIncreasing(ReadOnlySpan<int> indices, int below, string name)
    {
        var previous = -1;
        foreach (var index in indices)
        {
            if (index <= previous || index >= below) throw new ArgumentException($"Indices must increase and lie below {below}; {index} follows {previous}.", name);
            previous = index;
        }
    }
}
