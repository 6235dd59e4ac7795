using System.Numerics.Tensors;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Passes;

public sealed unsafe partial class Pass
{
    /// <summary>The rows' embeddings: a row of the table for an id, a weighted sum of its rows for a mixture, the given vector otherwise.</summary>
    /// <param name="table">[vocabulary, width]: the table of the sequences that have none of their own.</param>
    /// <param name="scale">What each row is multiplied by.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table.</exception>
    /// <exception cref="ArgumentException">A vector has another width than the table.</exception>
    public Value Embed(Parameter table, float scale = 1)
    {
        using var timing = Time(PassOperation.Embed);
        var trained = table.IsTrained;
        foreach (var part in Rows.Sequences) trained |= part.Sequence.Embedding is { IsTrained: true };
        var x = Output(Rows.Count, ShapeOf(table).Width, trained);
        foreach (var part in Rows.Sequences) EmbedRows(x, part.Sequence.Embedding ?? table, part.First, part.Count, scale);
        return x;
    }

    private void EmbedRows(Value x, Parameter table, int first, int count, float scale)
    {
        var (vocabulary, width) = ShapeOf(table);
        List<Mixture>? mixtures = null;
        for (var r = first; r < first + count; r++)
        {
            var id = Rows.Ids[r];
            var row = x.Row(r);
            if (id >= 0)
            {
                if (id >= vocabulary) throw new ArgumentOutOfRangeException(nameof(table), id, $"Token id {id} is outside the vocabulary of {vocabulary}.");
                table.Tensor.CopyRowTo(id, row);
            }
            else if (Rows.TryGetMixture(r, out var ids, out var weights))
            {
                Mix(table, ids, weights, x.RowPointer(r), width);
                if (x.Node >= 0) (mixtures ??= []).Add(new Mixture(r, ids.ToArray(), weights.ToArray()));
            }
            else if (Rows.Vectors.TryGetValue(r, out var vector) && vector.Length == width)
            {
                vector.Span.CopyTo(row);
            }
            else
            {
                throw new ArgumentException($"Row {r} has neither a token id nor a vector of {width} floats.", nameof(table));
            }

            if (scale != 1) TensorPrimitives.Multiply(row, scale, row);
        }

        if (x.Node < 0 || !table.IsTrained) return;
        var entries = new int[x.Rows]; // those of other tables take no part
        Array.Fill(entries, -1);
        Rows.Ids.Slice(first, count).CopyTo(entries.AsSpan(first));
        Record(new TapeRecord { Operation = TableOperation.Instance, Output = x, Weights = table, Extra = entries, Scalar = scale });
        if (mixtures is not null) Record(new TapeRecord { Operation = MixtureOperation.Instance, Output = x, Weights = table, Extra = mixtures, Scalar = scale });
    }

    // The first product stands alone, so that a weight of 1 keeps every bit; the others are added in the order given.
    private void Mix(Parameter table, ReadOnlySpan<int> ids, ReadOnlySpan<float> weights, float* target, int width)
    {
        var mark = _arena.Here;
        var row = _arena.Floats(width);
        for (var i = 0; i < ids.Length; i++)
        {
            table.Tensor.CopyRowTo(ids[i], new Span<float>(row, width));
            if (i == 0) RowArithmetic.Scale(row, weights[0], width, target);
            else RowArithmetic.AddScaled(row, weights[i], width, target);
        }

        _arena.Release(mark);
    }

    /// <summary>Adds a row of a table to each row: learned positions, token types.</summary>
    /// <param name="x">[rows, width].</param>
    /// <param name="table">[entries, width].</param>
    /// <param name="entries">Which entry each row takes.</param>
    /// <exception cref="ArgumentOutOfRangeException">An entry is outside the table.</exception>
    public Value AddRows(Value x, Parameter table, ReadOnlySpan<int> entries)
    {
        var (count, width) = ShapeOf(table);
        using var timing = Time(PassOperation.Embed);
        var y = Output(x.Rows, width, x.Node >= 0 || table.IsTrained);
        for (var r = 0; r < x.Rows; r++)
        {
            if ((uint)entries[r] >= (uint)count)
                throw new ArgumentOutOfRangeException(nameof(entries), entries[r], $"{table.Name} has {count} entries; row {r} asks for another.");
            table.Tensor.CopyRowTo(entries[r], y.Row(r));
            TensorPrimitives.Add(y.Row(r), x.Row(r), y.Row(r));
        }

        if (y.Node >= 0) Record(new TapeRecord { Operation = TableOperation.Instance, Output = y, A = x, Weights = table, Extra = entries.ToArray(), Scalar = 1 });
        return y;
    }

    // dx += dy; dTable[entry] += scale·dy, in the order of rows.
    private sealed class TableOperation : Operation
    {
        public static readonly TableOperation Instance = new();

        public override void Backward(Tape tape, in TapeRecord record)
        {
            var (table, entries, y) = ((Parameter)record.Weights!, (int[])record.Extra!, record.Output);
            var dy = tape.Gradient(y);
            if (record.A.Node >= 0)
            {
                var dx = new Span<float>(tape.Gradient(record.A), checked((int)y.Count));
                TensorPrimitives.Add(dx, new ReadOnlySpan<float>(dy, dx.Length), dx);
            }

            if (!table.IsTrained) return;
            for (var r = 0; r < entries.Length; r++)
            {
                if (entries[r] >= 0) RowArithmetic.AddScaled(dy + (long)r * y.Width, record.Scalar, y.Width, table.GradientPointer + (long)entries[r] * y.Width);
            }
        }
    }

    private sealed record Mixture(int Row, int[] Ids, float[] Weights);

    // dTable[id] += scale·weight·dy, in the order of rows and of their ids.
    private sealed class MixtureOperation : Operation
    {
        public static readonly MixtureOperation Instance = new();

        public override void Backward(Tape tape, in TapeRecord record)
        {
            var (table, width) = ((Parameter)record.Weights!, record.Output.Width);
            var dy = tape.Gradient(record.Output);
            foreach (var (row, ids, weights) in (List<Mixture>)record.Extra!)
            {
                for (var i = 0; i < ids.Length; i++)
                    RowArithmetic.AddScaled(dy + (long)row * width, record.Scalar * weights[i], width, table.GradientPointer + (long)ids[i] * width);
            }
        }
    }

    private static (int Rows, int Width) ShapeOf(Parameter matrix)
    {
        var shape = matrix.Tensor.Shape.Span;
        return (checked((int)shape[0]), checked((int)shape[1]));
    }
}
