using System.Runtime.CompilerServices;
using Tessera.Models.State;
using Tessera.Tensors;

namespace Tessera.Models.Attention;

/// <summary>
/// The forward of one <see cref="AttentionItem"/>: scores of a block of queries against the pages that any of them sees, weights row by row
/// over the visible keys, then the weighted sums of values. Which queries share a block changes no bit of any row: scores, weights and sums
/// are chains of their own (<see cref="AttentionKernels"/>, <see cref="StripMath"/>), sums close every 1,024 visible keys of their row.
/// </summary>
/// <remarks>
/// Methods with long loops are compiled optimised at once: a prompt's prefill is over before the runtime would have noticed that they are hot
/// (12 instead of 24 GMAC/s in the first seconds, Zen 4).
/// </remarks>
internal unsafe ref partial struct AttentionBlock
{
    /// <summary>Visible keys between two closings of a row's sums; also what one thread takes where a row is split.</summary>
    internal const int PartKeys = 1024;

    /// <summary>Most queries of a block: the strip of 24 queries and 8,192 keys stays within a typical second-level cache of 1 MiB.</summary>
    internal const int MaxQueries = 24;

    private readonly AttentionRule _rule;
    private readonly AttentionItem _item;
    private readonly Arena _arena;
    private AttentionInputs _inputs;
    private AttentionView _view;
    private readonly AttentionSpan _span;
    private readonly int* _queryPositions; // of each token of the block
    private readonly int _firstRow;
    private readonly int _headSize;
    private readonly int _valueSize;
    private readonly int _firstHead;
    private readonly int _width;
    private readonly KeyRange* _ranges;
    private readonly int _base; // slot of the strips' first column
    private readonly int _end;
    private readonly nint _stride;
    private readonly float* _strips;
    private readonly float* _sums;
    private readonly RowSums* _rows;
    private readonly int* _positions;
    private float* _shaped; // the scores before the normaliser, compact, where a backward wants them

    // The running sums of one query.
    private struct RowSums
    {
        internal StripSums* Parts;
        internal int* Closings; // slot before which part i closes
        internal int Part;
        internal int PartCount;
        internal float Maximum;
        internal float* Total;
    }

    internal AttentionBlock(AttentionRule rule, in AttentionInputs inputs, in AttentionSpan span, in AttentionItem item, Arena arena)
    {
        _rule = rule;
        _inputs = inputs;
        _item = item;
        _arena = arena;
        _span = span;
        _firstRow = span.FirstRow + item.FirstToken;
        _queryPositions = (int*)arena.Bytes(item.Tokens * sizeof(int));
        for (var t = 0; t < item.Tokens; t++)
            _queryPositions[t] = GatheredHead.QueryPosition(span, item.KvHead, item.FirstToken + t, inputs.Positions[_firstRow + t]);
        _headSize = span.State.HeadSize;
        _valueSize = span.State.ValueSize;
        _firstHead = item.KvHead * (inputs.Heads / span.State.Heads) + item.FirstGroup;
        _view = new AttentionView(span, item.KvHead, item.Gathered, rule.MaxDistance, arena);
        _width = _view.ValueWidth;
        _ranges = (KeyRange*)arena.Bytes(item.Tokens * sizeof(KeyRange));
        _view.FindRanges(item.FirstToken, item.Tokens, _queryPositions, _ranges, arena);
        if (item.IsPart)
        {
            _ranges->Low += item.Part * PartKeys;
            _ranges->High = Math.Min(_ranges->High, _ranges->Low + PartKeys);
            _ranges->Exceptions = _ranges->High;
        }

        var (low, high) = (int.MaxValue, 0);
        for (var t = 0; t < item.Tokens; t++)
        {
            if (_ranges[t].High == _ranges[t].Low) continue;
            low = Math.Min(low, _ranges[t].Low);
            high = Math.Max(high, _ranges[t].High);
        }

        if (high == 0) low = 0;
        _base = low / PagePlane.Slots * PagePlane.Slots;
        _end = high;
        // An odd number of cache lines between strips keeps them out of each other's cache sets.
        _stride = ((_end - _base + PagePlane.Slots - 1) / PagePlane.Slots * PagePlane.Slots) | 16;
        _strips = arena.Floats(_stride * PaddedQueries(item.Queries));
        _sums = arena.Floats((long)_width * PaddedQueries(item.Queries));
        _rows = (RowSums*)arena.Bytes(item.Queries * sizeof(RowSums));
        _positions = null;
        if (!rule.NeedsPositions) return;
        _positions = (int*)arena.Bytes((long)(_end - _base) * sizeof(int));
        _view.CopyPositions(_base, _end, _positions);
    }

    internal void Run()
    {
        Score();
        for (var q = 0; q < _item.Queries; q++) Weigh(q);
        MixAndFinish();
    }

    private void MixAndFinish()
    {
        new Span<float>(_sums, _width * PaddedQueries(_item.Queries)).Clear();
        for (var page = _base / PagePlane.Slots; page * PagePlane.Slots < _end; page++) MixPage(page);
        for (var q = 0; q < _item.Queries; q++) Finish(q);
    }

    // Tiles of 8; a remainder of up to 4 or 1 gets a smaller one.
    private static int TileRows(int queries) => queries > 4 ? AttentionKernels.Tile : queries > 1 ? 4 : 1;

    private static int PaddedQueries(int queries) => queries / AttentionKernels.Tile * AttentionKernels.Tile
        + (queries % AttentionKernels.Tile == 0 ? 0 : TileRows(queries % AttentionKernels.Tile));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Score()
    {
        var queries = _item.Queries;
        var packed = _arena.Floats((long)_headSize * PaddedQueries(queries));
        var turned = _span.State.Rotation is null ? null : _arena.Floats(_headSize);
        for (var first = 0; first < queries; first += AttentionKernels.Tile)
        {
            var rows = TileRows(queries - first);
            var target = packed + (long)first * _headSize;
            for (var r = 0; r < rows; r++)
            {
                var q = first + r;
                var source = _inputs.Queries + (long)RowOf(q) * _inputs.Heads * _headSize + HeadOf(q) * _headSize;
                if (turned is not null)
                {
                    new ReadOnlySpan<float>(source, _headSize).CopyTo(new Span<float>(turned, _headSize));
                    _span.State.Rotation!.Rotate(turned, 1, _headSize, _queryPositions[Math.Min(q / _item.Groups, _item.Tokens - 1)]);
                    source = turned;
                }

                for (var i = 0; i < _headSize; i++) target[i * rows + r] = q < queries ? source[i] : 0f;
            }
        }

        for (var page = _base / PagePlane.Slots; page * PagePlane.Slots < _end; page++)
        {
            var keys = _view.Keys(page);
            var column = _strips + (page * PagePlane.Slots - _base);
            for (var first = 0; first < queries; first += AttentionKernels.Tile)
                AttentionKernels.Scores(TileRows(queries - first), packed + (long)first * _headSize, keys, _headSize, column + first * _stride, _stride);
        }
    }

    // Scores of one query to weights, in place.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Weigh(int q)
    {
        ref var range = ref _ranges[q / _item.Groups];
        ref var sums = ref _rows[q];
        var strip = _strips + q * _stride - _base;
        sums = new RowSums { PartCount = Math.Max(1, PartsOf(range.Visible)), Total = _arena.Floats(_width) };
        if (_item.IsPart) sums.PartCount = 1;
        sums.Parts = (StripSums*)_arena.Bytes(sums.PartCount * sizeof(StripSums));
        sums.Closings = (int*)_arena.Bytes(sums.PartCount * sizeof(int));
        new Span<float>(sums.Total, _width).Clear();
        var visible = _item.IsPart ? range.High - range.Low : range.Visible;
        if (visible == 0)
        {
            *sums.Parts = new StripSums(float.NegativeInfinity, 0f);
            *sums.Closings = int.MaxValue;
            sums.Maximum = float.NegativeInfinity;
            return;
        }

        if (range.IsContiguous)
        {
            for (var part = 0; part < sums.PartCount; part++) sums.Closings[part] = range.Low + (part + 1) * PartKeys;
            Weigh(q, ref sums, new Span<float>(strip + range.Low, visible), _positions is null ? null : _positions + (range.Low - _base), range.Visible);
        }
        else
        {
            WeighWithHoles(q, ref sums, range, strip);
        }

        sums.Closings[sums.PartCount - 1] = int.MaxValue;
        sums.Maximum = float.NegativeInfinity;
        for (var part = 0; part < sums.PartCount; part++) sums.Maximum = MathF.Max(sums.Maximum, sums.Parts[part].Maximum);
    }

    private void WeighWithHoles(int q, ref RowSums sums, in KeyRange range, float* strip)
    {
        var mark = _arena.Here;
        var scores = _arena.Floats(range.Visible);
        var slots = (int*)_arena.Bytes((long)range.Visible * sizeof(int));
        var positions = _positions is null ? null : (int*)_arena.Bytes((long)range.Visible * sizeof(int));
        var count = 0;
        for (var slot = range.Low; slot < range.High; slot++)
        {
            if (slot >= range.Exceptions && !_view.Sees(q / _item.Groups, slot)) continue;
            if (count > 0 && count % PartKeys == 0) sums.Closings[count / PartKeys - 1] = slot;
            scores[count] = strip[slot];
            if (_positions is not null) positions[count] = _positions[slot - _base];
            slots[count++] = slot;
        }

        Weigh(q, ref sums, new Span<float>(scores, count), positions, count);
        for (var i = 0; i < count; i++) strip[slots[i]] = scores[i];
        _arena.Release(mark);
    }

    private readonly void Weigh(int q, ref RowSums sums, Span<float> scores, int* positions, int visible)
    {
        var row = new AttentionRow(HeadOf(q), _queryPositions[q / _item.Groups], visible, positions is null ? [] : new ReadOnlySpan<int>(positions, scores.Length));
        _rule.Shape(row, scores);
        if (_shaped is not null) scores.CopyTo(new Span<float>(_shaped + q * _stride, scores.Length));
        if (!_rule.NormalisesInParts)
        {
            new Span<StripSums>(sums.Parts, sums.PartCount).Fill(_rule.Normalise(row, scores));
            return;
        }

        for (var part = 0; part < sums.PartCount; part++)
        {
            var first = part * PartKeys;
            sums.Parts[part] = _rule.Normalise(row, scores.Slice(first, Math.Min(PartKeys, scores.Length - first)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MixPage(int page)
    {
        var values = _view.Values(page);
        var (from, to) = (Math.Max(page * PagePlane.Slots, _base), Math.Min((page + 1) * PagePlane.Slots, _end));
        for (var first = 0; first < _item.Queries; first += AttentionKernels.Tile)
        {
            var rows = Math.Min(AttentionKernels.Tile, _item.Queries - first);
            var (low, high) = rows > 1 ? Common(first, rows) : (to, to);
            (low, high) = (Math.Clamp(low, from, to), Math.Clamp(high, from, to));
            if (high < low) (low, high) = (to, to);
            for (var q = first; q < first + rows; q++) MixRow(q, values, page, from, low);
            MixTile(first, rows, values, page, low, high);
            for (var q = first; q < first + rows; q++) MixRow(q, values, page, high, to);
        }
    }

    // The slots that every row of a tile sees.
    private readonly (int Low, int High) Common(int first, int rows)
    {
        var (low, high) = (0, int.MaxValue);
        for (var t = first / _item.Groups; t <= (first + rows - 1) / _item.Groups; t++)
        {
            low = Math.Max(low, _ranges[t].Low);
            high = Math.Min(high, _ranges[t].Exceptions);
        }

        return (low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MixTile(int first, int rows, float* values, int page, int from, int to)
    {
        while (from < to)
        {
            var cut = to;
            for (var q = first; q < first + rows; q++)
            {
                ref var sums = ref _rows[q];
                if (sums.Closings[sums.Part] <= from) Close(q);
                cut = Math.Min(cut, sums.Closings[sums.Part]);
            }

            AttentionKernels.Mix(
                TileRows(rows), _strips + first * _stride + (from - _base), _stride,
                values + (long)(from - page * PagePlane.Slots) * _width, cut - from, _width, _sums + (long)first * _width, _width);
            from = cut;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MixRow(int q, float* values, int page, int from, int to)
    {
        ref var range = ref _ranges[q / _item.Groups];
        ref var sums = ref _rows[q];
        (from, to) = (Math.Max(from, range.Low), Math.Min(to, range.High));
        while (from < to)
        {
            if (from >= range.Exceptions && !_view.Sees(q / _item.Groups, from))
            {
                from++;
                continue;
            }

            if (sums.Closings[sums.Part] <= from) Close(q);
            var run = from + 1;
            var stop = Math.Min(to, sums.Closings[sums.Part]);
            while (run < stop && (run < range.Exceptions || _view.Sees(q / _item.Groups, run))) run++;
            AttentionKernels.Mix(
                1, _strips + q * _stride + (from - _base), _stride,
                values + (long)(from - page * PagePlane.Slots) * _width, run - from, _width, _sums + (long)q * _width, _width);
            from = run;
        }
    }

    // Adds the sums of a part of 1,024 keys to the row's total, on the scale of the row's maximum.
    private readonly void Close(int q)
    {
        ref var sums = ref _rows[q];
        AttentionMerge.Add(sums.Total, _sums + (long)q * _width, _width, AttentionMerge.Weight(sums.Parts[sums.Part].Maximum, sums.Maximum));
        new Span<float>(_sums + (long)q * _width, _width).Clear();
        sums.Part++;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Finish(int q)
    {
        ref var sums = ref _rows[q];
        if (_item.IsPart)
        {
            // [maximum, sum, 14 unused, sums]: merged when all parts are there
            var target = _item.Partial + (long)q * (16 + _width);
            (target[0], target[1]) = (sums.Parts->Maximum, sums.Parts->Sum);
            new ReadOnlySpan<float>(_sums + (long)q * _width, _width).CopyTo(new Span<float>(target + 16, _width));
            return;
        }

        while (sums.Part < sums.PartCount) Close(q);
        AttentionMerge.Finish(_inputs, RowOf(q), HeadOf(q), _valueSize, sums.Total, sums.Maximum, Divisor(sums));
    }

    private readonly int RowOf(int q) => _firstRow + Math.Min(q / _item.Groups, _item.Tokens - 1);

    private readonly int HeadOf(int q) => _firstHead + q % _item.Groups;

    internal static int PartsOf(int visible) => (visible + PartKeys - 1) / PartKeys;
}
