using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Tessera.Models.Attention;
using Tessera.Tensors;
using Tessera.Tensors.Threads;

namespace Tessera.Models.Scan;

public static unsafe partial class SelectiveScan
{
    // Gradients of B and C are sums over all channels: they are reduced over this many fixed groups of channels, whatever the threads.
    private const int Partitions = 8;

    /// <summary>
    /// The backward of <see cref="Forward"/> for states that held nothing before the pass. States along the way are computed again, channels by
    /// channels; the number of threads changes no bit.
    /// </summary>
    /// <param name="pool">The threads.</param>
    /// <param name="scratch">Working memory: about 8 · rows · state size · 18 floats for the longest span.</param>
    /// <param name="spans">The forward's spans.</param>
    /// <param name="inputs">The forward's arrays.</param>
    /// <param name="gradients">The gradient of the output, and where to add the others.</param>
    /// <exception cref="NotSupportedException">A state held tokens before the pass: their gradient would be lost.</exception>
    public static void Backward(ComputePool pool, Arena scratch, ReadOnlySpan<ScanSpan> spans, in ScanInputs inputs, in ScanGradients gradients)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(scratch);
        foreach (var span in spans)
        {
            Check(span, inputs);
            CheckFresh(span);
        }

        foreach (var span in spans)
        {
            var mark = scratch.Here;
            var parts = Math.Min(Partitions, ChannelLanes.Blocks(inputs.Channels));
            var sums = (long)span.RowCount * inputs.StateSize * 2; // dB, then dC
            var states = (long)(span.RowCount + 1) * inputs.StateSize * ChannelLanes.Count;
            var job = new BackwardJob
            {
                First = span.FirstRow, Rows = span.RowCount, Parts = parts, Inputs = inputs, Gradients = gradients,
                Sums = scratch.Floats(sums * parts), States = scratch.Floats(states * parts),
            };
            NativeMemory.Clear(job.Sums, (nuint)(sums * parts * sizeof(float)));
            pool.For(parts, ref job);
            for (var part = 0; part < parts; part++) AddSums(job.Sums + part * sums, span, inputs, gradients);
            scratch.Release(mark);
        }
    }

    private static void AddSums(float* sums, in ScanSpan span, in ScanInputs inputs, in ScanGradients gradients)
    {
        for (var r = 0; r < span.RowCount; r++)
        {
            var row = span.FirstRow + r;
            for (var n = 0; n < inputs.StateSize; n++)
            {
                if (gradients.B is not null) gradients.B[row * inputs.BStride + n] += sums[(long)r * inputs.StateSize + n];
                if (gradients.C is not null) gradients.C[row * inputs.CStride + n] += sums[((long)span.RowCount + r) * inputs.StateSize + n];
            }
        }
    }

    private struct BackwardJob : IParallelJob
    {
        public int First;
        public int Rows;
        public int Parts;
        public ScanInputs Inputs;
        public ScanGradients Gradients;
        public float* Sums;
        public float* States;

        public readonly void Run(int part, int worker)
        {
            var blocks = ChannelLanes.Blocks(Inputs.Channels);
            var states = States + (long)part * (Rows + 1) * Inputs.StateSize * ChannelLanes.Count;
            var sums = Sums + (long)part * Rows * Inputs.StateSize * 2;
            for (var block = blocks * part / Parts; block < blocks * (part + 1) / Parts; block++) RunBlock(block * ChannelLanes.Count, states, sums);
        }

        private readonly void RunBlock(int channel, float* states, float* sums)
        {
            var size = Inputs.StateSize;
            var lanes = Math.Min(ChannelLanes.Count, Inputs.Channels - channel);
            var a = stackalloc Vector512<float>[size];
            var carry = stackalloc Vector512<float>[size];
            var logA = stackalloc Vector512<float>[size];
            LoadA(Inputs, channel, lanes, a);
            for (var n = 0; n < size; n++) carry[n] = logA[n] = default;
            RunForward(channel, lanes, a, states);
            var d = ChannelLanes.Load(Inputs.D + channel, lanes);
            var dGradient = Vector512<float>.Zero;
            for (var r = Rows - 1; r >= 0; r--)
            {
                var row = First + r;
                var x = ChannelLanes.Load(Inputs.X + row * Inputs.XStride + channel, lanes);
                var raw = ChannelLanes.Load(Inputs.TimeStep + row * Inputs.TimeStepStride + channel, lanes);
                var step = ChannelLanes.Softplus(raw);
                var gradient = ChannelLanes.Load(Gradients.Output + (long)row * Inputs.Channels + channel, lanes);
                if (Inputs.Gate is not null) gradient = ThroughGate(r, channel, lanes, states, x, d, gradient);
                dGradient = Vector512.FusedMultiplyAdd(gradient, x, dGradient);
                var (xGradient, stepGradient) = StepBackward(r, step, x, gradient, states, sums, a, carry, logA);
                xGradient = Vector512.FusedMultiplyAdd(gradient, d, xGradient);
                if (Gradients.X is not null) ChannelLanes.Add(xGradient, Gradients.X + row * Inputs.XStride + channel, lanes);
                if (Gradients.TimeStep is not null)
                    ChannelLanes.Add(stepGradient * ChannelLanes.Sigmoid(raw), Gradients.TimeStep + row * Inputs.TimeStepStride + channel, lanes);
            }

            if (Gradients.D is not null) ChannelLanes.Add(dGradient, Gradients.D + channel, lanes);
            // A = -e^LogA, so dLogA = dA·A
            for (var n = 0; Gradients.LogA is not null && n < size; n++)
                ChannelLanes.AddEvery(logA[n] * a[n], Gradients.LogA + (long)channel * size + n, size, lanes);
        }

        // The states before and after every row.
        private readonly void RunForward(int channel, int lanes, Vector512<float>* a, float* states)
        {
            var size = Inputs.StateSize;
            var h = stackalloc Vector512<float>[size];
            for (var n = 0; n < size; n++)
            {
                h[n] = default;
                h[n].Store(states + n * ChannelLanes.Count);
            }

            for (var r = 0; r < Rows; r++)
            {
                var row = First + r;
                var x = ChannelLanes.Load(Inputs.X + row * Inputs.XStride + channel, lanes);
                var step = ChannelLanes.Softplus(ChannelLanes.Load(Inputs.TimeStep + row * Inputs.TimeStepStride + channel, lanes));
                Step(step, x, Inputs.B + row * Inputs.BStride, Inputs.C + row * Inputs.CStride, size, a, h);
                for (var n = 0; n < size; n++) h[n].Store(states + ((long)(r + 1) * size + n) * ChannelLanes.Count);
            }
        }

        private readonly Vector512<float> ThroughGate(int r, int channel, int lanes, float* states, Vector512<float> x, Vector512<float> d, Vector512<float> gradient)
        {
            var row = First + r;
            var gate = ChannelLanes.Load(Inputs.Gate + row * Inputs.GateStride + channel, lanes);
            var y = Vector512<float>.Zero;
            var c = Inputs.C + row * Inputs.CStride;
            for (var n = 0; n < Inputs.StateSize; n++)
                y = Vector512.FusedMultiplyAdd(Vector512.Load(states + ((long)(r + 1) * Inputs.StateSize + n) * ChannelLanes.Count), Vector512.Create(c[n]), y);
            y = Vector512.FusedMultiplyAdd(d, x, y);
            if (Gradients.Gate is not null)
                ChannelLanes.Add(gradient * y * ChannelLanes.SiluSlope(gate), Gradients.Gate + row * Inputs.GateStride + channel, lanes);
            return gradient * gate * ChannelLanes.Sigmoid(gate);
        }

        // `carry` is the gradient of the state after this row; on return, of the one before it.
        private readonly (Vector512<float> X, Vector512<float> Step) StepBackward(
            int r, Vector512<float> step, Vector512<float> x, Vector512<float> gradient, float* states, float* sums,
            Vector512<float>* a, Vector512<float>* carry, Vector512<float>* logA)
        {
            var size = Inputs.StateSize;
            var b = Inputs.B + (First + r) * Inputs.BStride;
            var c = Inputs.C + (First + r) * Inputs.CStride;
            var scaled = step * x;
            Vector512<float> xGradient = default, stepGradient = default;
            for (var n = 0; n < size; n++)
            {
                var before = Vector512.Load(states + ((long)r * size + n) * ChannelLanes.Count);
                var after = Vector512.Load(states + ((long)(r + 1) * size + n) * ChannelLanes.Count);
                sums[((long)Rows + r) * size + n] += StripMath.Sum(gradient * after);
                var g = Vector512.FusedMultiplyAdd(gradient, Vector512.Create(c[n]), carry[n]);
                sums[(long)r * size + n] += StripMath.Sum(g * scaled);
                var decay = StripMath.Exp(step * a[n]);
                var decayed = g * decay * before;
                logA[n] = Vector512.FusedMultiplyAdd(decayed, step, logA[n]);
                stepGradient += Vector512.FusedMultiplyAdd(decayed, a[n], g * b[n] * x);
                xGradient = Vector512.FusedMultiplyAdd(g * b[n], step, xGradient);
                carry[n] = g * decay;
            }

            return (xGradient, stepGradient);
        }
    }
}
