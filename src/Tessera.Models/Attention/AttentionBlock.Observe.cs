namespace Tessera.Models.Attention;

internal unsafe ref partial struct AttentionBlock
{
    /// <summary>The forward with a look at every row's final weights.</summary>
    internal void Run(AttentionObservations observations)
    {
        Score();
        for (var q = 0; q < _item.Queries; q++)
        {
            Weigh(q);
            Observe(q, observations);
        }

        MixAndFinish();
    }

    /// <summary>Adds max(0, query·key) · factor of every visible key but the row's own to a block of sums, [tokens, stride] from slot 0 on.</summary>
    internal void AddPositiveDots(float* sums, long stride, float factor)
    {
        Score();
        for (var q = 0; q < _item.Queries; q++)
        {
            var token = q / _item.Groups;
            ref readonly var range = ref _ranges[token];
            var own = _view.Count - _span.RowCount + _item.FirstToken + token;
            for (var slot = range.Low; slot < range.High; slot++)
            {
                if (slot == own || slot >= range.Exceptions && !_view.Sees(token, slot)) continue;
                sums[token * stride + slot] += MathF.Max(0, _strips[q * _stride + slot - _base]) * factor;
            }
        }
    }

    private void Observe(int q, AttentionObservations observations)
    {
        ref readonly var range = ref _ranges[q / _item.Groups];
        ref readonly var sums = ref _rows[q];
        var mark = _arena.Here;
        var weights = _arena.Floats(range.Visible);
        var slots = (int*)_arena.Bytes((long)range.Visible * sizeof(int));
        var divisor = Divisor(sums);
        var (count, part) = (0, 0);
        var factor = AttentionMerge.Weight(sums.Parts[0].Maximum, sums.Maximum);
        for (var slot = range.Low; slot < range.High; slot++)
        {
            if (slot >= range.Exceptions && !_view.Sees(q / _item.Groups, slot)) continue;
            if (slot >= sums.Closings[part]) factor = AttentionMerge.Weight(sums.Parts[++part].Maximum, sums.Maximum);
            weights[count] = _strips[q * _stride + slot - _base] * factor / divisor;
            slots[count++] = slot;
        }

        observations.Take(HeadOf(q), _item.FirstToken + q / _item.Groups, new ReadOnlySpan<float>(weights, count), new ReadOnlySpan<int>(slots, count));
        _arena.Release(mark);
    }
}
