using Tessera.Models.State;

namespace Tessera.Models.Attention;

internal unsafe ref partial struct AttentionBlock
{
    /// <summary>Slot of the strips' first column; a multiple of 32.</summary>
    internal readonly int Base => _base;

    /// <summary>The slot behind the last one that any row sees.</summary>
    internal readonly int End => _end;

    /// <summary>Columns of a strip, whole pages.</summary>
    internal readonly int Columns => (_end - _base + PagePlane.Slots - 1) / PagePlane.Slots * PagePlane.Slots;

    /// <summary>Floats between two strips.</summary>
    internal readonly nint Stride => _stride;

    /// <summary>The strip of a query: after <see cref="FinalWeights"/> its weights, 0 where it does not see a slot.</summary>
    internal readonly float* Strip(int q) => _strips + q * _stride;

    /// <summary>The keys that a query sees.</summary>
    internal readonly KeyRange Range(int q) => _ranges[q / _item.Groups];

    /// <summary>The row of the call that a query belongs to.</summary>
    internal readonly int Row(int q) => RowOf(q);

    /// <summary>The query head of a query.</summary>
    internal readonly int Head(int q) => HeadOf(q);

    /// <summary>Computes the final weights of all queries into their strips, without the products with values.</summary>
    /// <param name="shaped">Takes the scores of each query's visible keys, in order, at the strips' stride; may be null.</param>
    internal void ComputeWeights(float* shaped)
    {
        _shaped = shaped;
        Score();
        for (var q = 0; q < _item.Queries; q++)
        {
            Weigh(q);
            FinalWeights(q);
        }
    }

    /// <summary>Divides a query's weights by their sum, parts put together, and clears the slots that it does not see.</summary>
    private void FinalWeights(int q)
    {
        ref readonly var range = ref _ranges[q / _item.Groups];
        ref readonly var sums = ref _rows[q];
        var strip = _strips + q * _stride - _base;
        new Span<float>(strip + _base, range.Low - _base).Clear();
        new Span<float>(strip + range.High, _base + Columns - range.High).Clear();
        var divisor = Divisor(sums);
        for (var (part, slot) = (0, range.Low); slot < range.High; part++)
        {
            var factor = AttentionMerge.Weight(sums.Parts[part].Maximum, sums.Maximum);
            for (var end = Math.Min(range.High, sums.Closings[part]); slot < end; slot++)
                strip[slot] = slot < range.Exceptions || _view.Sees(q / _item.Groups, slot) ? strip[slot] * factor / divisor : 0;
        }
    }

    /// <summary>Copies the entries of a dense strip that a query sees to the front, in order; returns their number.</summary>
    internal readonly int Compress(int q, float* strip, float* target)
    {
        ref readonly var range = ref _ranges[q / _item.Groups];
        var count = range.Exceptions - range.Low;
        new ReadOnlySpan<float>(strip + (range.Low - _base), count).CopyTo(new Span<float>(target, count));
        for (var slot = range.Exceptions; slot < range.High; slot++)
        {
            if (_view.Sees(q / _item.Groups, slot)) target[count++] = strip[slot - _base];
        }

        return count;
    }

    /// <summary>The reverse of <see cref="Compress"/>; entries that the query does not see become 0.</summary>
    internal readonly void Spread(int q, float* source, float* strip)
    {
        ref readonly var range = ref _ranges[q / _item.Groups];
        new Span<float>(strip, Columns).Clear();
        var count = range.Exceptions - range.Low;
        new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(strip + (range.Low - _base), count));
        for (var slot = range.Exceptions; slot < range.High; slot++)
        {
            if (_view.Sees(q / _item.Groups, slot)) strip[slot - _base] = source[count++];
        }
    }

    /// <summary>The positions of the keys that a query sees, in order; empty if the rule needs none.</summary>
    internal readonly ReadOnlySpan<int> KeyPositions(int q, int* target)
    {
        if (_positions is null) return [];
        var count = Compress(q, (float*)_positions, (float*)target); // 32-bit entries either way
        return new ReadOnlySpan<int>(target, count);
    }

    private readonly float Divisor(in RowSums sums)
    {
        var divisor = 0f;
        for (var part = 0; part < sums.PartCount; part++)
        {
            divisor = MathF.FusedMultiplyAdd(AttentionMerge.Weight(sums.Parts[part].Maximum, sums.Maximum), sums.Parts[part].Sum, divisor);
            if (!_rule.NormalisesInParts) break; // one sum for the whole row
        }

        return divisor;
    }
}
