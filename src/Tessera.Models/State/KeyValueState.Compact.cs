namespace Tessera.Models.State;

public sealed unsafe partial class KeyValueState
{
    /// <summary>
    /// Keeps the slots of a plan and drops the others; what stays keeps its stored bits, position, token index and accumulator unless the
    /// plan replaces its key or value. <see cref="Length"/> stays: the next token's index does not depend on what is remembered.
    /// </summary>
    /// <param name="plan">What stays, for each head.</param>
    /// <exception cref="ArgumentException">The plan does not fit the state; nothing was changed.</exception>
    public void Compact(KeepPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Check(plan);
        var drops = false;
        for (var h = 0; h < Heads; h++) drops |= plan.Slots[h].Length < SlotCount(h);
        Carry(plan);
        HasDropped |= drops;
        _lastRows = 0;
        Reorder();
    }

    private void Carry(KeepPlan plan)
    {
        var heads = new HeadSlots[Heads];
        try
        {
            for (var h = 0; h < heads.Length; h++) heads[h] = Kept(h, plan.Slots[h], plan.Keys?[h], plan.Values?[h]);
        }
        catch
        {
            foreach (var head in heads) head?.Shorten(0, _pool);
            throw;
        }

        Uniform = Uniform && SameInAllHeads(plan);
        Swap(heads);
    }

    private HeadSlots Kept(int head, int[] slots, float[]? keys, float[]? values)
    {
        var source = _heads[head];
        var kept = new HeadSlots();
        try
        {
            fixed (float* k = keys, v = values)
            {
                for (var i = 0; i < slots.Length; i++)
                {
                    var at = i % PagePlane.Slots;
                    // A page whose slots all stay where they are is shared, not copied.
                    if (at == 0 && k is null && v is null && slots[i] == i && i + PagePlane.Slots <= slots.Length && slots[i + PagePlane.Slots - 1] == i + PagePlane.Slots - 1)
                    {
                        var whole = source[i / PagePlane.Slots];
                        whole.Share();
                        kept.Add(whole);
                        kept.Count = i += PagePlane.Slots - 1;
                        kept.Count++;
                        continue;
                    }

                    if (at == 0) kept.Add(_pool.Rent(_layout.ByteLength));
                    var page = kept[i / PagePlane.Slots];
                    _layout.CopySlot(source[slots[i] / PagePlane.Slots], slots[i] % PagePlane.Slots, page, at);
                    if (k is not null) _layout.Keys.Write(PageLayout.KeysOf(page), at, k + (long)i * HeadSize);
                    if (v is not null) _layout.Values.Write(_layout.ValuesOf(page), at, v + (long)i * ValueSize);
                    kept.Count = i + 1;
                }
            }

            return kept;
        }
        catch
        {
            kept.Shorten(0, _pool);
            throw;
        }
    }

    // Whether the plan fits the state as it is.
    internal void Check(KeepPlan plan)
    {
        if (plan.Slots.Count != Heads) throw new ArgumentException($"The plan is for {plan.Slots.Count} KV heads; the state has {Heads}.", nameof(plan));
        if (plan.Keys is { } k && k.Count != Heads || plan.Values is { } v && v.Count != Heads) throw new ArgumentException("Replacements are given for each KV head, or not at all.", nameof(plan));
        for (var h = 0; h < Heads; h++)
        {
            var slots = plan.Slots[h] ?? throw new ArgumentException($"The plan has no list for head {h}.", nameof(plan));
            if (slots.Length == 0 && SlotCount(h) > 0) throw new ArgumentException($"The plan keeps nothing of head {h}; use Clear to forget everything.", nameof(plan));
            CheckIncreasing(slots, SlotCount(h), nameof(plan));
            if (plan.Keys?[h] is { } keys && keys.Length != (long)slots.Length * HeadSize) throw new ArgumentException($"Head {h} needs {slots.Length}×{HeadSize} floats of keys.", nameof(plan));
            if (plan.Values?[h] is { } values && values.Length != (long)slots.Length * ValueSize) throw new ArgumentException($"Head {h} needs {slots.Length}×{ValueSize} floats of values.", nameof(plan));
        }
    }

    private static bool SameInAllHeads(KeepPlan plan)
    {
        for (var h = 1; h < plan.Slots.Count; h++)
        {
            if (!ReferenceEquals(plan.Slots[h], plan.Slots[0]) && !plan.Slots[h].AsSpan().SequenceEqual(plan.Slots[0])) return false;
        }

        return true;
    }
}
