using System.Runtime.CompilerServices;
using Tessera.Models.State;
using Tessera.Tensors;

namespace Tessera.Models.Attention;

/// <summary>
/// The backward of one KV head of one sequence: all its rows in order, so that every gradient is one chain whatever the threads. Weights are
/// computed again from queries and keys, block by block:
/// dV += Wᵀ·dO; dW = dO·Vᵀ; the rule carries dW to gradients of dot products dD; dQ += dD·K; dK += dDᵀ·Q.
/// </summary>
internal unsafe ref struct AttentionBackward
{
    private readonly AttentionRule _rule;
    private readonly AttentionInputs _inputs;
    private readonly AttentionGradients _gradients;
    private readonly AttentionSpan _span;
    private readonly int _kvHead;
    private readonly Arena _arena;
    private readonly Span<float> _ruleGradient;
    private readonly int _count;
    private readonly int _keyWidth; // padded to whole vectors
    private readonly int _valueWidth;
    private readonly float* _keys; // [count, key width]
    private readonly float* _values; // pages of [value size, 32]
    private readonly float* _keyGradients; // [count, key width]
    private readonly float* _valueGradients; // [count, value width]

    internal AttentionBackward(
        AttentionRule rule, in AttentionInputs inputs, in AttentionGradients gradients, in AttentionSpan span, int kvHead, Span<float> ruleGradient, Arena arena)
    {
        (_rule, _inputs, _gradients, _span, _kvHead, _arena) = (rule, inputs, gradients, span, kvHead, arena);
        _ruleGradient = ruleGradient;
        var state = span.State;
        _count = HeadSlots.PagesFor(state.SlotCount(kvHead)) * PagePlane.Slots; // whole pages: the products run over them
        _keyWidth = (state.HeadSize + 15) & ~15;
        _valueWidth = state.Pages.Values.Width;
        _keys = Zeros((long)_count * _keyWidth);
        _values = Zeros((long)_count * state.ValueSize);
        _keyGradients = Zeros((long)_count * _keyWidth);
        _valueGradients = Zeros((long)_count * _valueWidth);
    }

    internal void Run()
    {
        TurnPages();
        var groups = _inputs.Heads / _span.State.Heads;
        var groupsPerBlock = Math.Min(groups, AttentionBlock.MaxQueries);
        var tokens = AttentionBlock.MaxQueries / groupsPerBlock;
        for (var first = 0; first < _span.RowCount; first += tokens)
        {
            for (var group = 0; group < groups; group += groupsPerBlock)
            {
                var mark = _arena.Here;
                RunBlock(new AttentionItem
                {
                    KvHead = _kvHead, FirstToken = first, Tokens = Math.Min(tokens, _span.RowCount - first),
                    FirstGroup = group, Groups = Math.Min(groupsPerBlock, groups - group),
                });
                _arena.Release(mark);
            }
        }

        var state = _span.State;
        var firstKey = _span.ReadOnly ? _span.FirstKeyRow : _span.FirstRow;
        AddRows(_keyGradients, _keyWidth, state.HeadSize, _gradients.Keys, firstKey);
        AddRows(_valueGradients, _valueWidth, state.ValueSize, _gradients.Values, firstKey);
    }

    private void RunBlock(in AttentionItem item)
    {
        var queries = item.Queries;
        var block = new AttentionBlock(_rule, _inputs, _span, item, _arena);
        if (block.End == 0) return; // nobody sees anything
        var (stride, columns) = (block.Stride, block.Columns);
        var shaped = _arena.Floats(stride * queries);
        block.ComputeWeights(shaped);

        var outputs = PackRows(block, queries, _gradients.Output, _span.State.ValueSize, _valueWidth);
        AttentionKernels.MixTransposed(columns, block.Strip(0), stride, outputs, queries, _valueWidth, _valueGradients + (long)block.Base * _valueWidth);

        var gradients = _arena.Floats(stride * (queries + AttentionKernels.Tile));
        WeightGradients(block, queries, outputs, gradients);
        for (var q = 0; q < queries; q++) ScoreGradients(block, q, shaped + q * stride, gradients + q * stride);

        var packed = PackRows(block, queries, _inputs.Queries, _span.State.HeadSize, _keyWidth);
        AttentionKernels.MixTransposed(columns, gradients, stride, packed, queries, _keyWidth, _keyGradients + (long)block.Base * _keyWidth);
        if (_gradients.Queries is not null) QueryGradients(block, queries, gradients);
    }

    // dW[q, key] = dO[q] · V[key].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void WeightGradients(in AttentionBlock block, int queries, float* outputs, float* gradients)
    {
        var size = _span.State.ValueSize;
        var packed = _arena.Floats((long)size * AttentionKernels.Tile);
        for (var first = 0; first < queries; first += AttentionKernels.Tile)
        {
            for (var r = 0; r < AttentionKernels.Tile; r++)
            {
                for (var i = 0; i < size; i++) packed[i * AttentionKernels.Tile + r] = first + r < queries ? outputs[(first + r) * _valueWidth + i] : 0f;
            }

            for (var column = 0; column < block.Columns; column += PagePlane.Slots)
            {
                AttentionKernels.Scores(
                    AttentionKernels.Tile, packed, _values + (long)(block.Base + column) * size, size, gradients + first * block.Stride + column, block.Stride);
            }
        }
    }

    private readonly void ScoreGradients(in AttentionBlock block, int q, float* shaped, float* gradients)
    {
        var mark = _arena.Here;
        var weights = _arena.Floats(block.Columns);
        var visible = _arena.Floats(block.Columns);
        var positions = (int*)_arena.Bytes((long)block.Columns * sizeof(int));
        var count = block.Compress(q, block.Strip(q), weights);
        block.Compress(q, gradients, visible);
        if (count > 0)
        {
            var row = new AttentionRow(block.Head(q), _inputs.Positions[block.Row(q)], count, block.KeyPositions(q, positions));
            var scores = new ReadOnlySpan<float>(shaped, count);
            _rule.NormaliseBackward(row, scores, new ReadOnlySpan<float>(weights, count), new Span<float>(visible, count));
            _rule.ShapeBackward(row, scores, new Span<float>(visible, count), _ruleGradient);
        }

        block.Spread(q, visible, gradients);
        _arena.Release(mark);
    }

    private readonly void QueryGradients(in AttentionBlock block, int queries, float* gradients)
    {
        var size = _span.State.HeadSize;
        var padded = (queries + AttentionKernels.Tile - 1) / AttentionKernels.Tile * AttentionKernels.Tile;
        new Span<float>(gradients + queries * block.Stride, (int)((padded - queries) * block.Stride)).Clear();
        var sums = Zeros((long)padded * _keyWidth);
        for (var first = 0; first < queries; first += AttentionKernels.Tile)
        {
            AttentionKernels.Mix(
                AttentionKernels.Tile, gradients + first * block.Stride, block.Stride, _keys + (long)block.Base * _keyWidth, block.Columns, _keyWidth,
                sums + (long)first * _keyWidth, _keyWidth);
        }

        for (var q = 0; q < queries; q++)
        {
            var target = _gradients.Queries + ((long)block.Row(q) * _inputs.Heads + block.Head(q)) * size;
            for (var i = 0; i < size; i++) target[i] += sums[(long)q * _keyWidth + i];
        }
    }

    // Rows of a query-shaped array, padded with zeros to whole vectors.
    private readonly float* PackRows(in AttentionBlock block, int queries, float* source, int size, int width)
    {
        var packed = Zeros((long)queries * width);
        for (var q = 0; q < queries; q++)
        {
            new ReadOnlySpan<float>(source + ((long)block.Row(q) * _inputs.Heads + block.Head(q)) * size, size).CopyTo(new Span<float>(packed + (long)q * width, size));
        }

        return packed;
    }

    // Keys by rows and values by pages of lanes: the other way round than the state has them.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void TurnPages()
    {
        var state = _span.State;
        var slots = state.SlotsOf(_kvHead);
        for (var slot = 0; slot < slots.Count; slot++)
        {
            var (page, lane) = (slots[slot / PagePlane.Slots], slot % PagePlane.Slots);
            state.Pages.Keys.Read(PageLayout.KeysOf(page), lane, _keys + (long)slot * _keyWidth);
            var value = (float*)state.Pages.ValuesOf(page) + (long)lane * _valueWidth;
            var target = _values + (long)(slot - lane) * state.ValueSize + lane;
            for (var i = 0; i < state.ValueSize; i++) target[i * PagePlane.Slots] = value[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void AddRows(float* source, int width, int size, float* target, int firstRow)
    {
        if (target is null) return;
        var state = _span.State;
        for (var slot = 0; slot < state.SlotCount(_kvHead); slot++)
        {
            var row = target + ((long)(firstRow + slot) * state.Heads + _kvHead) * size;
            for (var i = 0; i < size; i++) row[i] += source[(long)slot * width + i];
        }
    }

    private readonly float* Zeros(long count)
    {
        var block = _arena.Floats(count);
        System.Runtime.InteropServices.NativeMemory.Clear(block, (nuint)(count * sizeof(float)));
        return block;
    }
}
