using Tessera.Models.Adapters;
using Tessera.Models.Modules;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Passes;

public sealed unsafe partial class Pass
{
    // Whether an adapter of the batch is trained in this map, so that the output takes a gradient.
    private bool TrainsAdapter(LinearMap map)
    {
        foreach (ref readonly var part in Rows.Sequences)
        {
            if (part.Sequence.Adapter is { } adapter && adapter.TryGet(map.Weight.Name, out var low) && low.IsTrained) return true;
        }

        return false;
    }

    // Adds to y what the adapters of the rows' sequences make of x. Rows of neighbours with one adapter run together.
    private void Adapt(Value x, LinearMap map, Value y)
    {
        var sequences = Rows.Sequences;
        for (var i = 0; i < sequences.Length;)
        {
            var (adapter, first, count) = (sequences[i].Sequence.Adapter, sequences[i].First, sequences[i].Count);
            for (i++; i < sequences.Length && ReferenceEquals(sequences[i].Sequence.Adapter, adapter); i++) count += sequences[i].Count;
            if (adapter is null || !adapter.TryGet(map.Weight.Name, out var low)) continue;
            if (x.Rows != Rows.Count) throw new InvalidOperationException($"{map.Weight.Name} runs over {x.Rows} of {Rows.Count} rows; an adapter needs to know whose they are.");
            Adapt(x, low, y, first, count);
        }
    }

    private void Adapt(Value x, LowRankMap low, Value y, int first, int count)
    {
        var mark = _arena.Here;
        var thin = new Value(_arena.Floats((long)count * low.Rank), count, low.Rank);
        var added = _arena.Floats((long)count * low.Outputs);
        MatrixProduct.Multiply(Pool, Arithmetic, x.RowPointer(first), count, x.Width, [new MatrixTarget(low.A.Matrix(Pool), thin.Data, low.Rank)], _scratch);
        RowArithmetic.Scale(thin.Data, low.Scale, checked((int)thin.Count), thin.Data);
        MatrixProduct.Multiply(Pool, Arithmetic, thin.Data, count, low.Rank, [new MatrixTarget(low.B.Matrix(Pool), added, low.Outputs)], _scratch);
        RowArithmetic.Add(added, checked(count * low.Outputs), y.RowPointer(first));
        if (y.Node >= 0) Record(new TapeRecord { Operation = AdapterOperation.Instance, Output = y, A = x, B = thin, Weights = low, Index = first });
        else _arena.Release(mark);
    }

    // With t = scale·x·Aᵀ saved: dB += dyᵀ·t; dt = scale·dy·B; dA += dtᵀ·x; dx += dt·A. Runs before the map's own backward, which shares dy.
    private sealed class AdapterOperation : Operation
    {
        public static readonly AdapterOperation Instance = new();

        public override void Backward(Tape tape, in TapeRecord record)
        {
            var low = (LowRankMap)record.Weights!;
            var (x, thin, rows, rank) = (record.A, record.B, record.B.Rows, low.Rank);
            var dy = tape.Gradient(record.Output) + (long)record.Index * low.Outputs;
            if (low.B.IsTrained) MatrixProduct.AccumulateOuter(tape.Pool, dy, low.Outputs, thin.Data, rank, rows, low.Outputs, rank, low.B.GradientPointer);
            var dThin = tape.Scratch.Floats(thin.Count);
            MatrixProduct.MultiplyTransposed(tape.Pool, dy, rows, low.Outputs, low.B.Matrix(tape.Pool), dThin, rank, accumulate: false);
            RowArithmetic.Scale(dThin, low.Scale, checked((int)thin.Count), dThin);
            var input = x.RowPointer(record.Index);
            if (low.A.IsTrained) MatrixProduct.AccumulateOuter(tape.Pool, dThin, rank, input, x.Width, rows, rank, x.Width, low.A.GradientPointer);
            if (x.Node < 0) return;
            var dx = tape.Gradient(x) + (long)record.Index * x.Width;
            MatrixProduct.MultiplyTransposed(tape.Pool, dThin, rows, rank, low.A.Matrix(tape.Pool), dx, x.Width, accumulate: true);
        }
    }
}
