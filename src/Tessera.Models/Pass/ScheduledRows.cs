using System.Runtime.InteropServices;
using Tessera.Models.Attention;
using Tessera.Models.Modules;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Passes;

/// <summary>
/// Carries out the schedules of a pass's sequences: asks them before each layer, runs the layer on the rows that they choose, and puts the
/// stream together again. Sequences without a schedule run whole beside the others. Where every row runs and reads everything, the layer
/// gets the stream as it is, so that such a pass is the plain one bit for bit.
/// </summary>
internal sealed class ScheduledRows
{
    private static readonly float[][] s_none = [];
    private readonly List<ScheduledPart> _parts = [];
    private readonly List<float[]> _entering = [];
    private readonly RowBatch _streamBatch = new();
    private readonly RowBatch _layerBatch = new();
    private ScheduledRowList _stream = new(); // rows that have come this far
    private ScheduledRowList _next = new();
    private readonly ScheduledRowList _running = new();
    private RowBatch _whole = new(); // the pass's
    private RowBatch _current = new(); // describes the stream
    private int _count; // parts in use
    private bool _isFirst;

    internal RowBatch Whole => _whole;

    internal void Begin(Pass pass, RowBatch rows)
    {
        (_whole, _current) = (rows, rows);
        _isFirst = true;
        _stream.Clear();
        _count = rows.Sequences.Length;
        while (_parts.Count < _count) _parts.Add(new ScheduledPart());
        for (var i = 0; i < _count; i++)
        {
            var part = rows.Sequences[i];
            _parts[i].Begin(part, _stream.Count, pass.Records);
            for (var r = part.First; r < part.First + part.Count; r++)
                _stream.Add(rows.Ids[r], rows.Tokens[r], rows.Positions[r], rows.TokenTypes[r], r, r);
        }

    }

    /// <summary>Lets the sequences remember where they are, so that a pass that fails leaves them as they were.</summary>
    internal void Mark()
    {
        foreach (var part in CollectionsMarshal.AsSpan(_parts)[.._count])
        {
            if (part.Schedule is not null) part.Sequence.Mark();
        }
    }

    internal Value Run(Pass pass, Block block, Value x, int layer)
    {
        _running.Clear();
        _entering.Clear();
        var (whole, plain, keeps) = (true, true, false);
        foreach (var part in CollectionsMarshal.AsSpan(_parts)[.._count])
        {
            part.Choose(layer, _isFirst, _stream, _running, _entering, x.Rows);
            whole &= part.RunsAll;
            plain &= part.Visibility is null;
            keeps |= part is { RunsAll: false, LeftOut: LeftOutRows.PassOn };
        }

        _isFirst = false;
        if (whole && plain)
        {
            pass.Over(_current);
            return block.Run(pass, x, layer);
        }

        SetBatch(_layerBatch, _running, running: true);
        if (whole)
        {
            pass.Over(_layerBatch);
            x = block.Run(pass, x, layer);
            pass.Over(_current);
            return x;
        }

        return RunChosen(pass, block, x, layer, keeps);
    }

    /// <summary>Rows of the batch.</summary>
    internal int RowCount => _whole.Count;

    /// <summary>The row of the result that a row of the batch has become.</summary>
    internal int[] FinalRows(ReadOnlySpan<int> rows)
    {
        var final = new int[rows.Length];
        var origins = _stream.Origins(0, _stream.Count);
        for (var i = 0; i < final.Length; i++)
        {
            if ((uint)rows[i] >= (uint)_whole.Count) throw new ArgumentOutOfRangeException(nameof(rows), rows[i], $"The batch has {_whole.Count} rows.");
            final[i] = origins.IndexOf(rows[i]);
            if (final[i] < 0) throw new InvalidOperationException($"Row {rows[i]} was left out by its sequence's schedule and has not come to the end; it has no logits.");
        }

        return final;
    }

    internal IAttentionPolicy? ObserverOf(Sequence sequence)
    {
        foreach (var part in CollectionsMarshal.AsSpan(_parts)[.._count])
        {
            if (ReferenceEquals(part.Sequence, sequence)) return part.Observer;
        }

        return null;
    }

    /// <summary>The pass has succeeded: what it did counts.</summary>
    internal void Commit()
    {
        foreach (var part in CollectionsMarshal.AsSpan(_parts)[.._count]) part.Commit();
    }

    private Value RunChosen(Pass pass, Block block, Value x, int layer, bool keeps)
    {
        foreach (var part in CollectionsMarshal.AsSpan(_parts)[.._count]) part.StoreWaiting(layer, _stream, _running, x);
        var y = new Value();
        if (_running.Count > 0)
        {
            y = pass.Compose(x, default, _entering, _running.Sources(0, _running.Count), inPlace: !keeps);
            pass.Over(_layerBatch);
            y = block.Run(pass, y, layer);
        }

        _next.Clear();
        foreach (var part in CollectionsMarshal.AsSpan(_parts)[.._count]) part.Continue(_stream, _running, _next, x.Rows);
        if (keeps) y = pass.Compose(x, y, s_none, _next.Sources(0, _next.Count), inPlace: true);
        else if (_next.Count == 0) y = pass.Compose(x, default, s_none, [], inPlace: true);
        (_stream, _next) = (_next, _stream);
        SetBatch(_streamBatch, _stream, running: false);
        pass.Over(_current = _streamBatch);
        return y;
    }

    private void SetBatch(RowBatch batch, ScheduledRowList rows, bool running)
    {
        batch.Clear();
        foreach (var part in CollectionsMarshal.AsSpan(_parts)[.._count])
        {
            var (first, count) = running ? (part.RunFirst, part.RunCount) : (part.First, part.Count);
            if (count > 0) batch.AddChosen(part.Rows, rows, first, count, running ? part.Visibility ?? part.Rows.Visibility : part.Rows.Visibility);
        }
    }
}
