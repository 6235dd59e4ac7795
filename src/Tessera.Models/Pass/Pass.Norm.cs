using Tessera.Models.Architectures;
using Tessera.Models.Modules;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Passes;

public sealed unsafe partial class Pass
{
    /// <summary>Normalises each row, or each of the equal parts of each row whose width is the norm's (heads).</summary>
    /// <param name="x">[rows, parts × norm width].</param>
    /// <param name="norm">The gain, the bias and the constants.</param>
    /// <returns>A new value of the same shape.</returns>
    public Value Norm(Value x, NormWeights norm)
    {
        ArgumentNullException.ThrowIfNull(norm);
        if (x.Width % norm.Width != 0) throw new ArgumentException($"{norm.Gain.Name} normalises {norm.Width} floats, rows have {x.Width}.", nameof(norm));
        using var timing = Time(PassOperation.Norm);
        var y = Output(x.Rows, x.Width, x.Node >= 0 || norm.IsTrained);
        var kernel = new NormRow { X = x.Data, Y = y.Data, Parts = x.Width / norm.Width, Norm = norm };
        ForRows(x.Rows, x.Width, ref kernel);
        Record(new TapeRecord { Operation = NormOperation.Instance, Output = y, A = x, Weights = norm });
        return y;
    }

    private struct NormRow : IRowKernel
    {
        public float* X;
        public float* Y;
        public int Parts;
        public NormWeights Norm;

        public readonly void Run(int row)
        {
            var width = Norm.Width;
            for (var part = (long)row * Parts; part < (long)(row + 1) * Parts; part++)
            {
                var (x, y) = ((nint)(X + part * width), (nint)(Y + part * width));
                if (Norm.Kind == NormKind.Rms) RmsNorm.Forward((float*)x, Norm.Gain.VectorPointer, width, Norm.Epsilon, (float*)y, Norm.GainOffset);
                else LayerNorm.Forward((float*)x, Norm.Gain.VectorPointer, Norm.Bias is { } bias ? bias.VectorPointer : null, width, Norm.Epsilon, (float*)y);
            }
        }
    }

    private sealed class NormOperation : Operation
    {
        public static readonly NormOperation Instance = new();

        // Inputs' gradients row by row on all threads; the weights' in the order of rows, so that threads do not change a bit.
        public override void Backward(Tape tape, in TapeRecord record)
        {
            var norm = (NormWeights)record.Weights!;
            var x = record.A;
            var kernel = new NormBackwardRow { X = x.Data, Dy = tape.Gradient(record.Output), Parts = x.Width / norm.Width, Norm = norm };
            if (x.Node >= 0)
            {
                var inputs = kernel with { Dx = tape.Gradient(x) };
                ForRows(tape.Pool, x.Rows, x.Width, ref inputs);
            }

            if (!norm.IsTrained) return;
            kernel.DGain = norm.Gain.IsTrained ? norm.Gain.GradientPointer : null;
            kernel.DBias = norm.Bias is { IsTrained: true } bias ? bias.GradientPointer : null;
            for (var row = 0; row < x.Rows; row++) kernel.Run(row);
        }
    }

    private struct NormBackwardRow : IRowKernel
    {
        public float* X;
        public float* Dy;
        public float* Dx;
        public float* DGain;
        public float* DBias;
        public int Parts;
        public NormWeights Norm;

        public readonly void Run(int row)
        {
            var width = Norm.Width;
            for (var part = (long)row * Parts; part < (long)(row + 1) * Parts; part++)
            {
                var at = part * width;
                var dx = Dx is null ? null : Dx + at;
                if (Norm.Kind == NormKind.Rms) RmsNorm.Backward(X + at, Norm.Gain.VectorPointer, Dy + at, width, Norm.Epsilon, dx, DGain, Norm.GainOffset);
                else LayerNorm.Backward(X + at, Norm.Gain.VectorPointer, Dy + at, width, Norm.Epsilon, dx, DGain, DBias);
            }
        }
    }
}
