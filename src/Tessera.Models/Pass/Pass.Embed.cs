using System.Numerics.Tensors;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Passes;

public sealed unsafe partial class Pass
{
    /// <summary>The rows' embeddings: a row of the table for an id, the given vector otherwise.</summary>
    /// <param name="table">[vocabulary, width].</param>
    /// <param name="scale">What each row is multiplied by.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the table.</exception>
    /// <exception cref="ArgumentException">A vector has another width than the table.</exception>
    public Value Embed(Parameter table, float scale = 1)
    {
        var (vocabulary, width) = ShapeOf(table);
        using var timing = Time(PassOperation.Embed);
        var x = Output(Rows.Count, width, table.IsTrained);
        for (var r = 0; r < x.Rows; r++)
        {
            var id = Rows.Ids[r];
            var row = x.Row(r);
            if (id >= 0)
            {
                if (id >= vocabulary) throw new ArgumentOutOfRangeException(nameof(table), id, $"Token id {id} is outside the vocabulary of {vocabulary}.");
                table.Tensor.CopyRowTo(id, row);
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

        if (x.Node >= 0) Record(new TapeRecord { Operation = TableOperation.Instance, Output = x, Weights = table, Extra = Rows.Ids.ToArray(), Scalar = scale });
        return x;
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

    private static (int Rows, int Width) ShapeOf(Parameter matrix)
    {
        var shape = matrix.Tensor.Shape.Span;
        return (checked((int)shape[0]), checked((int)shape[1]));
    }
}
