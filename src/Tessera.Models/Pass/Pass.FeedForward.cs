using Tessera.Models.Hooks;
using Tessera.Models.Modules;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Passes;

public sealed unsafe partial class Pass
{
    /// <summary>down(act(gate(x))·up(x)), or down(act(up(x))) where there is no gate.</summary>
    /// <param name="x">[rows, width].</param>
    /// <param name="weights">The matrices.</param>
    /// <param name="layer">The layer, for hooks.</param>
    /// <returns>[rows, width].</returns>
    public Value FeedForward(Value x, FeedForwardWeights weights, int layer)
    {
        Value hidden;
        if (weights.Gate is { } gate)
        {
            Span<Value> results = stackalloc Value[2];
            Linear(x, [gate, weights.Up], results);
            var g = Hook(HookPoint.MlpGate, layer, results[0]);
            var u = Hook(HookPoint.MlpUp, layer, results[1]);
            hidden = Gate(g, u, weights.Activation);
        }
        else
        {
            hidden = Activate(Hook(HookPoint.MlpUp, layer, Linear(x, weights.Up)), weights.Activation);
        }

        return Linear(Hook(HookPoint.MlpAct, layer, hidden), weights.Down);
    }

    /// <summary>act(gate)·up, elementwise.</summary>
    public Value Gate(Value gate, Value up, ActivationFunction activation)
    {
        using var timing = Time(PassOperation.Activation);
        var y = Output(gate.Rows, gate.Width, gate.Node >= 0 || up.Node >= 0);
        var kernel = new ActivationRow { X = gate.Data, Factor = up.Data, Y = y.Data, Width = y.Width, Function = activation };
        ForRows(y.Rows, y.Width, ref kernel);
        Record(new TapeRecord { Operation = ActivationOperation.Instance, Output = y, A = gate, B = up, Index = (int)activation });
        return y;
    }

    /// <summary>act(x), elementwise.</summary>
    public Value Activate(Value x, ActivationFunction activation)
    {
        using var timing = Time(PassOperation.Activation);
        var y = Output(x.Rows, x.Width, x.Node >= 0);
        var kernel = new ActivationRow { X = x.Data, Y = y.Data, Width = y.Width, Function = activation };
        ForRows(y.Rows, y.Width, ref kernel);
        Record(new TapeRecord { Operation = ActivationOperation.Instance, Output = y, A = x, Index = (int)activation });
        return y;
    }

    private struct ActivationRow : IRowKernel
    {
        public float* X;
        public float* Factor; // null where the activation is not gated
        public float* Y;
        public int Width;
        public ActivationFunction Function;

        public readonly void Run(int row)
        {
            var at = (long)row * Width;
            if (Factor is null) Activation.Forward(Function, X + at, Width, Y + at);
            else Activation.GatedForward(Function, X + at, Factor + at, Width, Y + at);
        }
    }

    private sealed class ActivationOperation : Operation
    {
        public static readonly ActivationOperation Instance = new();

        public override void Backward(Tape tape, in TapeRecord record)
        {
            var (x, factor) = (record.A, record.B);
            // The kernel gives both gradients; the one that nobody wants goes to scratch.
            var kernel = new ActivationBackwardRow
            {
                X = x.Data, Factor = factor.Data, Dy = tape.Gradient(record.Output), Width = x.Width, Function = (ActivationFunction)record.Index,
                Dx = x.Node >= 0 ? tape.Gradient(x) : tape.Scratch.Floats(x.Count),
                DFactor = factor.Node >= 0 ? tape.Gradient(factor) : tape.Scratch.Floats(factor.Count),
            };
            ForRows(tape.Pool, x.Rows, x.Width, ref kernel);
        }
    }

    private struct ActivationBackwardRow : IRowKernel
    {
        public float* X;
        public float* Factor;
        public float* Dy;
        public float* Dx;
        public float* DFactor;
        public int Width;
        public ActivationFunction Function;

        public readonly void Run(int row)
        {
            var at = (long)row * Width;
            if (Factor is null) Activation.Backward(Function, X + at, Dy + at, Width, Dx + at);
            else Activation.GatedBackward(Function, X + at, Factor + at, Dy + at, Width, Dx + at, DFactor + at);
        }
    }
}
