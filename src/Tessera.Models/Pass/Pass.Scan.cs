using Tessera.Models.Attention;
using Tessera.Models.Modules;
using Tessera.Models.Scan;
using Tessera.Models.State;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Passes;

public sealed unsafe partial class Pass
{
    private ScanSpan[] _scans = [];

    /// <summary>A selective state-space mixer: projection, causal convolution, input-dependent step and state, scan, gate, projection.</summary>
    /// <param name="x">[rows, width].</param>
    /// <param name="weights">The layer's mixer.</param>
    /// <param name="layer">The layer: whose state of each sequence moves on.</param>
    /// <returns>[rows, width].</returns>
    public Value SelectiveScan(Value x, MambaWeights weights, int layer)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var spans = SpansOf(layer);
        var inputs = Linear(x, weights.In); // the scan's inputs and, behind them, its gate
        var convolved = Convolve(inputs, weights, spans);
        var selected = Linear(convolved, weights.Select); // time step, B and C side by side
        var steps = Linear(Columns(selected, 0, weights.Config.TimeStepRank), weights.TimeStep);
        var scanned = Scanned(convolved, steps, selected, inputs, weights, spans);
        Array.Clear(_scans, 0, spans.Length); // a pass at rest keeps no sequence alive
        return Linear(scanned, weights.Out);
    }

    /// <summary>Some columns of a value, copied side by side.</summary>
    /// <param name="x">[rows, width].</param>
    /// <param name="first">The first column.</param>
    /// <param name="count">How many.</param>
    public Value Columns(Value x, int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, x.Width - first);
        var y = Output(x.Rows, count, x.Node >= 0);
        for (var r = 0; r < x.Rows; r++) x.Row(r).Slice(first, count).CopyTo(y.Row(r));
        Record(new TapeRecord { Operation = ColumnsOperation.Instance, Output = y, A = x, Index = first });
        return y;
    }

    private ReadOnlySpan<ScanSpan> SpansOf(int layer)
    {
        var sequences = Rows.Sequences;
        if (_scans.Length < sequences.Length) _scans = new ScanSpan[sequences.Length];
        for (var i = 0; i < sequences.Length; i++)
        {
            if (sequences[i].Visibility.Kind != VisibilityKind.Causal)
                throw new NotSupportedException("A recurrent layer runs its rows in time order; trees and masks need attention.");
            _scans[i] = new ScanSpan((RecurrentState)sequences[i].Sequence.States[layer], sequences[i].First, sequences[i].Count);
        }

        return _scans.AsSpan(0, sequences.Length);
    }

    private Value Convolve(Value inputs, MambaWeights weights, ReadOnlySpan<ScanSpan> spans)
    {
        var trained = weights.Convolution.IsTrained || weights.ConvolutionBias is { IsTrained: true };
        using var timing = Time(PassOperation.Scan);
        var y = Output(inputs.Rows, weights.Config.InnerWidth, inputs.Node >= 0 || trained);
        CausalConvolution.Forward(Pool, spans, ConvolutionOf(inputs, y, weights));
        if (y.Node >= 0) Record(new TapeRecord { Operation = ConvolutionOperation.Instance, Output = y, A = inputs, Weights = weights, Extra = spans.ToArray() });
        return y;
    }

    private Value Scanned(Value x, Value steps, Value selected, Value inputs, MambaWeights weights, ReadOnlySpan<ScanSpan> spans)
    {
        var takesGradient = x.Node >= 0 || steps.Node >= 0 || selected.Node >= 0 || inputs.Node >= 0 || weights.LogA.IsTrained || weights.Skip.IsTrained;
        using var timing = Time(PassOperation.Scan);
        var y = Output(x.Rows, x.Width, takesGradient);
        Scan.SelectiveScan.Forward(Pool, spans, ScanOf(x, steps, selected, inputs, y, weights));
        if (y.Node >= 0)
        {
            var record = new ScanRecord(spans.ToArray(), inputs);
            Record(new TapeRecord { Operation = ScanOperation.Instance, Output = y, A = x, B = steps, C = selected, Weights = weights, Extra = record });
        }

        return y;
    }

    private static ConvolutionInputs ConvolutionOf(Value inputs, Value y, MambaWeights weights) => new()
    {
        Rows = inputs.Rows, Channels = weights.Config.InnerWidth, Taps = weights.Config.ConvolutionWidth,
        Input = inputs.Data, InputStride = inputs.Width, Weights = weights.Convolution.VectorPointer,
        Bias = weights.ConvolutionBias is { } bias ? bias.VectorPointer : null, Output = y.Data,
    };

    private static ScanInputs ScanOf(Value x, Value steps, Value selected, Value inputs, Value y, MambaWeights weights)
    {
        var sizes = weights.Config;
        return new ScanInputs
        {
            Rows = x.Rows, Channels = sizes.InnerWidth, StateSize = sizes.StateSize,
            X = x.Data, XStride = x.Width,
            TimeStep = steps.Data, TimeStepStride = steps.Width,
            B = selected.Data + sizes.TimeStepRank, BStride = selected.Width,
            C = selected.Data + sizes.TimeStepRank + sizes.StateSize, CStride = selected.Width,
            Gate = inputs.Data + sizes.InnerWidth, GateStride = inputs.Width,
            LogA = weights.LogA.VectorPointer, D = weights.Skip.VectorPointer, Output = y.Data,
        };
    }

    private sealed class ColumnsOperation : Operation
    {
        public static readonly ColumnsOperation Instance = new();

        public override void Backward(Tape tape, in TapeRecord record)
        {
            var (dx, dy) = ((nint)tape.Gradient(record.A), (nint)tape.Gradient(record.Output));
            for (var r = 0; r < record.Output.Rows; r++)
            {
                Tensors.Kernels.RowArithmetic.AddScaled(
                    (float*)dy + (long)r * record.Output.Width, 1, record.Output.Width, (float*)dx + (long)r * record.A.Width + record.Index);
            }
        }
    }

    private sealed class ConvolutionOperation : Operation
    {
        public static readonly ConvolutionOperation Instance = new();

        public override void Backward(Tape tape, in TapeRecord record)
        {
            var weights = (MambaWeights)record.Weights!;
            var gradients = new ConvolutionGradients
            {
                Output = tape.Gradient(record.Output), Input = tape.Gradient(record.A),
                Weights = weights.Convolution.IsTrained ? weights.Convolution.GradientPointer : null,
                Bias = weights.ConvolutionBias is { IsTrained: true } bias ? bias.GradientPointer : null,
            };
            CausalConvolution.Backward(tape.Pool, (ScanSpan[])record.Extra!, ConvolutionOf(record.A, record.Output, weights), gradients);
        }
    }

    private sealed record ScanRecord(ScanSpan[] Spans, Value Inputs);

    private sealed class ScanOperation : Operation
    {
        public static readonly ScanOperation Instance = new();

        public override void Backward(Tape tape, in TapeRecord record)
        {
            var weights = (MambaWeights)record.Weights!;
            var (spans, gateInputs) = (ScanRecord)record.Extra!;
            var selected = tape.Gradient(record.C);
            var gate = tape.Gradient(gateInputs);
            var sizes = weights.Config;
            var gradients = new ScanGradients
            {
                Output = tape.Gradient(record.Output), X = tape.Gradient(record.A), TimeStep = tape.Gradient(record.B),
                B = selected is null ? null : selected + sizes.TimeStepRank,
                C = selected is null ? null : selected + sizes.TimeStepRank + sizes.StateSize,
                Gate = gate is null ? null : gate + sizes.InnerWidth,
                LogA = weights.LogA.IsTrained ? weights.LogA.GradientPointer : null,
                D = weights.Skip.IsTrained ? weights.Skip.GradientPointer : null,
            };
            var inputs = ScanOf(record.A, record.B, record.C, gateInputs, record.Output, weights);
            Scan.SelectiveScan.Backward(tape.Pool, tape.Scratch, spans, inputs, gradients);
        }
    }
}
