using System.Numerics.Tensors;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Passes;

public sealed unsafe partial class Pass
{
    /// <summary>x + scale·y: a residual connection. Without a tape the sum takes x's place, so that x must not be used any more.</summary>
    /// <param name="x">The residual stream, [rows, width].</param>
    /// <param name="y">What is added, of the same shape.</param>
    /// <param name="scale">What <paramref name="y"/> is multiplied by.</param>
    public Value Add(Value x, Value y, float scale = 1)
    {
        using var timing = Time(PassOperation.Residual);
        var sum = _tape is null ? x : Output(x.Rows, x.Width, x.Node >= 0 || y.Node >= 0);
        if (scale == 1) TensorPrimitives.Add(x.Span, y.Span, sum.Span);
        else TensorPrimitives.MultiplyAdd(y.Span, scale, x.Span, sum.Span);
        Record(new TapeRecord { Operation = AddOperation.Instance, Output = sum, A = x, B = y, Scalar = scale });
        return sum;
    }

    /// <summary>scale·x, in place without a tape.</summary>
    public Value Scale(Value x, float scale)
    {
        var y = _tape is null ? x : Output(x.Rows, x.Width, x.Node >= 0);
        TensorPrimitives.Multiply(x.Span, scale, y.Span);
        Record(new TapeRecord { Operation = AddOperation.Instance, Output = y, B = x, Scalar = scale });
        return y;
    }

    /// <summary>The chosen rows of a value, copied side by side.</summary>
    /// <param name="x">[rows, width].</param>
    /// <param name="rows">Which rows, in the order wanted.</param>
    public Value Select(Value x, ReadOnlySpan<int> rows)
    {
        using var timing = Time(PassOperation.Residual);
        var y = Output(rows.Length, x.Width, x.Node >= 0);
        for (var i = 0; i < rows.Length; i++) x.Row(rows[i]).CopyTo(y.Row(i));
        if (y.Node >= 0) Record(new TapeRecord { Operation = SelectOperation.Instance, Output = y, A = x, Extra = rows.ToArray() });
        return y;
    }

    /// <summary>s·tanh(x/s), elementwise, in place without a tape: keeps logits within ±s.</summary>
    public Value Softcap(Value x, float cap)
    {
        var y = _tape is null ? x : Output(x.Rows, x.Width, x.Node >= 0);
        for (var r = 0; r < x.Rows; r++) SoftCap.Forward(x.RowPointer(r), cap, x.Width, y.RowPointer(r));
        Record(new TapeRecord { Operation = SoftcapOperation.Instance, Output = y, A = x, Scalar = cap });
        return y;
    }

    // dA += dy; dB += scale·dy.
    private sealed class AddOperation : Operation
    {
        public static readonly AddOperation Instance = new();

        public override void Backward(Tape tape, in TapeRecord record)
        {
            var dy = new ReadOnlySpan<float>(tape.Gradient(record.Output), checked((int)record.Output.Count));
            if (record.A.Node >= 0)
            {
                var da = new Span<float>(tape.Gradient(record.A), dy.Length);
                TensorPrimitives.Add(da, dy, da);
            }

            if (record.B.Node < 0) return;
            var db = new Span<float>(tape.Gradient(record.B), dy.Length);
            TensorPrimitives.MultiplyAdd(dy, record.Scalar, db, db);
        }
    }

    private sealed class SelectOperation : Operation
    {
        public static readonly SelectOperation Instance = new();

        public override void Backward(Tape tape, in TapeRecord record)
        {
            var (dx, dy, width) = ((nint)tape.Gradient(record.A), (nint)tape.Gradient(record.Output), record.A.Width);
            var rows = (int[])record.Extra!;
            for (var i = 0; i < rows.Length; i++) RowArithmetic.AddScaled((float*)dy + (long)i * width, 1, width, (float*)dx + (long)rows[i] * width);
        }
    }

    private sealed class SoftcapOperation : Operation
    {
        public static readonly SoftcapOperation Instance = new();

        public override void Backward(Tape tape, in TapeRecord record)
        {
            var y = record.Output;
            for (var r = 0; r < y.Rows; r++)
            {
                var at = (long)r * y.Width;
                SoftCap.Backward(y.Data + at, tape.Gradient(y) + at, record.Scalar, y.Width, tape.Gradient(record.A) + at);
            }
        }
    }
}
