using System.Numerics.Tensors;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Passes;

public sealed unsafe partial class Pass
{
    /// <summary>y = x·Wᵀ + b with a weight that the pass computed (hypernetworks, growth), so that gradient flows into what computed it. Always exact.</summary>
    /// <param name="x">[rows, in].</param>
    /// <param name="weight">[out, in].</param>
    /// <param name="bias">[1, out], or none.</param>
    /// <returns>[rows, out].</returns>
    public Value Linear(Value x, Value weight, Value bias = default)
    {
        if (weight.Width != x.Width) throw new ArgumentException($"The weight takes {weight.Width} floats a row, not {x.Width}.", nameof(weight));
        if (!bias.IsNone && bias.Count != weight.Rows) throw new ArgumentException($"The bias has {bias.Count} floats for {weight.Rows} outputs.", nameof(bias));
        using var timing = Time(PassOperation.Linear);
        var y = Output(x.Rows, weight.Rows, x.Node >= 0 || weight.Node >= 0 || bias.Node >= 0);
        var mark = _arena.Here;
        var (turnedX, turnedW) = ((nint)_arena.Floats(x.Count), (nint)_arena.Floats(weight.Count));
        Turn(x.Data, x.Rows, x.Width, (float*)turnedX);
        Turn(weight.Data, weight.Rows, weight.Width, (float*)turnedW);
        for (var r = 0; r < y.Rows; r++)
        {
            if (bias.IsNone) y.Row(r).Clear();
            else bias.Span.CopyTo(y.Row(r));
        }

        // y[r, o] += Σ_k xᵀ[k, r]·Wᵀ[k, o], each a chain in ascending k.
        MatrixProduct.AccumulateOuter(Pool, (float*)turnedX, x.Rows, (float*)turnedW, weight.Rows, x.Width, x.Rows, weight.Rows, y.Data);
        _arena.Release(mark);
        Record(new TapeRecord { Operation = ComputedLinearOperation.Instance, Output = y, A = x, B = weight, C = bias });
        return y;
    }

    /// <summary>
    /// Gives a parameter the values that the pass computed, so that modules that use it run with them, and the parameter's gradient flows into
    /// what computed them. Every kind of weight can be computed so: matrices, biases, norms, tables. Call <see cref="Continue"/> before the model
    /// runs in this pass. The parameter is the pass's until the backward has run: assign it once a run, and give it to no optimiser.
    /// </summary>
    /// <param name="weight">An owned F32 tensor.</param>
    /// <param name="value">As many floats, in the tensor's order.</param>
    /// <exception cref="ArgumentException">The numbers of floats differ.</exception>
    /// <exception cref="InvalidOperationException">The tensor is quantised or a file's.</exception>
    public void Assign(Parameter weight, Value value)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (weight.Tensor.Count != value.Count) throw new ArgumentException($"{value.Count} floats for {weight.Name}, which has {weight.Tensor.Count}.", nameof(value));
        value.Span.CopyTo(weight.Tensor.Values);
        weight.Changed();
        if (value.Node < 0) return;
        weight.Train();
        weight.Gradient.Clear();
        // An output that nobody reads, with a gradient, so that the backward comes by once all uses of the parameter have added to its gradient.
        var visited = Output(1, 1, takesGradient: true);
        _ = _tape!.Gradient(visited);
        Record(new TapeRecord { Operation = AssignOperation.Instance, Output = visited, A = value, Weights = weight });
    }

    private static void Turn(float* source, int rows, int width, float* target)
    {
        for (var r = 0; r < rows; r++)
        {
            for (var k = 0; k < width; k++) target[(long)k * rows + r] = source[(long)r * width + k];
        }
    }

    // dx += dy·W; dW += dyᵀ·x; db += column sums of dy.
    private sealed class ComputedLinearOperation : Operation
    {
        public static readonly ComputedLinearOperation Instance = new();

        public override void Backward(Tape tape, in TapeRecord record)
        {
            var (x, weight, bias, y) = (record.A, record.B, record.C, record.Output);
            var dy = tape.Gradient(y);
            if (weight.Node >= 0) MatrixProduct.AccumulateOuter(tape.Pool, dy, y.Width, x.Data, x.Width, x.Rows, y.Width, x.Width, tape.Gradient(weight));
            for (var r = 0; bias.Node >= 0 && r < y.Rows; r++) RowArithmetic.Add(dy + (long)r * y.Width, y.Width, tape.Gradient(bias));
            if (x.Node < 0) return;
            var turned = tape.Scratch.Floats(y.Count);
            Turn(dy, y.Rows, y.Width, turned);
            MatrixProduct.AccumulateOuter(tape.Pool, turned, y.Rows, weight.Data, weight.Width, y.Width, y.Rows, weight.Width, tape.Gradient(x));
        }
    }

    private sealed class AssignOperation : Operation
    {
        public static readonly AssignOperation Instance = new();

        public override void Backward(Tape tape, in TapeRecord record)
        {
            var gradient = new Span<float>(tape.Gradient(record.A), checked((int)record.A.Count));
            TensorPrimitives.Add(gradient, ((Parameter)record.Weights!).Gradient, gradient);
        }
    }
}
