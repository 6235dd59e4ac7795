using Tessera.Models.Modules;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Passes;

public sealed unsafe partial class Pass
{
    private const int MaxLinearMaps = 4;

    /// <summary>y = x·Wᵀ + b, and what the adapters of the rows' sequences add.</summary>
    /// <param name="x">[rows, in].</param>
    /// <param name="map">[out, in], and the bias.</param>
    /// <returns>[rows, out].</returns>
    public Value Linear(Value x, LinearMap map)
    {
        Value y = default;
        Linear(x, new ReadOnlySpan<LinearMap>(in map), new Span<Value>(ref y));
        return y;
    }

    /// <summary>Several maps of one input in one dispatch: the input is read, and in the fast mode rounded, once.</summary>
    /// <param name="x">[rows, in].</param>
    /// <param name="maps">At most four.</param>
    /// <param name="results">Takes [rows, out] of each map.</param>
    public void Linear(Value x, ReadOnlySpan<LinearMap> maps, Span<Value> results)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maps.Length, MaxLinearMaps);
        using var timing = Time(PassOperation.Linear);
        var targets = new TargetBuffer();
        for (var i = 0; i < maps.Length; i++)
        {
            var map = maps[i];
            if (map.Inputs != x.Width) throw new ArgumentException($"{map.Weight.Name} takes {map.Inputs} floats a row, not {x.Width}.", nameof(maps));
            results[i] = Output(x.Rows, map.Outputs, x.Node >= 0 || map.IsTrained || Rows.HasAdapters && TrainsAdapter(map));
            var matrix = map.Weight.Matrix(Pool);
            targets[i] = new MatrixTarget(matrix, results[i].Data, map.Outputs, map.Bias is null ? null : map.Bias.VectorPointer);
        }

        MatrixProduct.Multiply(Pool, Arithmetic, x.Data, x.Rows, x.Width, targets[..maps.Length], _scratch);
        for (var i = 0; i < maps.Length; i++) Record(new TapeRecord { Operation = LinearOperation.Instance, Output = results[i], A = x, Weights = maps[i] });
        for (var i = 0; i < maps.Length && Rows.HasAdapters; i++) Adapt(x, maps[i], results[i]);
    }

    [System.Runtime.CompilerServices.InlineArray(MaxLinearMaps)]
    private struct TargetBuffer
    {
        private MatrixTarget _first;
    }

    // dx += dy·W; dW += dyᵀ·x; db += column sums of dy.
    private sealed class LinearOperation : Operation
    {
        public static readonly LinearOperation Instance = new();

        public override void Backward(Tape tape, in TapeRecord record)
        {
            var map = (LinearMap)record.Weights!;
            var (x, y) = (record.A, record.Output);
            var dy = tape.Gradient(y);
            if (x.Node >= 0)
                MatrixProduct.MultiplyTransposed(tape.Pool, dy, y.Rows, y.Width, map.Weight.Matrix(tape.Pool), tape.Gradient(x), x.Width, accumulate: true);
            if (map.Weight.IsTrained)
                MatrixProduct.AccumulateOuter(tape.Pool, dy, y.Width, x.Data, x.Width, x.Rows, y.Width, x.Width, map.Weight.GradientPointer);
            if (map.Bias is { IsTrained: true } bias)
            {
                for (var r = 0; r < y.Rows; r++) System.Numerics.Tensors.TensorPrimitives.Add(bias.Gradient, new ReadOnlySpan<float>(dy + (long)r * y.Width, y.Width), bias.Gradient);
            }
        }
    }
}
