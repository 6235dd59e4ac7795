using System.Runtime.Intrinsics;
using Tessera.Models.State;
using Tessera.Tensors.Threads;

namespace Tessera.Models.Scan;

/// <summary>
/// Mamba's depthwise causal convolution over time with a SiLU (Gu and Dao, 2023, arXiv:2312.00752):
/// y[t, c] = silu(bias[c] + Σ_k weights[c, k] · x[t - taps + 1 + k, c]), inputs before the first token being zero. Each output is one
/// chain from the oldest tap to the newest, so cutting a sequence into passes changes no bit.
/// </summary>
public static unsafe class CausalConvolution
{
    private const int MaxTaps = 64; // sixteen times what published models have; bounds what stands on the stack

    /// <summary>Convolves the rows of each span behind what its state holds, and stages them; <see cref="SelectiveScan.Forward"/> commits.</summary>
    public static void Forward(ComputePool pool, ReadOnlySpan<ScanSpan> spans, in ConvolutionInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(pool);
        foreach (var span in spans) Check(span, inputs);
        foreach (var span in spans)
        {
            var job = new ForwardJob { State = span.State, First = span.FirstRow, Rows = span.RowCount, Inputs = inputs };
            var blocks = ChannelLanes.Blocks(inputs.Channels);
            // 64 rows·blocks of 16 channels take about 2 µs: less than waking another thread.
            if ((long)span.RowCount * blocks < 64) for (var b = 0; b < blocks; b++) job.Run(b, 0);
            else pool.For(blocks, ref job);
            span.State.StageInputs(inputs.Input + span.FirstRow * inputs.InputStride, inputs.InputStride, span.RowCount);
        }
    }

    /// <summary>The backward of <see cref="Forward"/> for states that held nothing before the pass. Channels are shared out, so threads change no bit.</summary>
    public static void Backward(ComputePool pool, ReadOnlySpan<ScanSpan> spans, in ConvolutionInputs inputs, in ConvolutionGradients gradients)
    {
        ArgumentNullException.ThrowIfNull(pool);
        foreach (var span in spans)
        {
            Check(span, inputs);
            SelectiveScan.CheckFresh(span);
        }

        foreach (var span in spans)
        {
            var job = new BackwardJob { First = span.FirstRow, Rows = span.RowCount, Inputs = inputs, Gradients = gradients };
            pool.For(ChannelLanes.Blocks(inputs.Channels), ref job);
        }
    }

    private static void Check(in ScanSpan span, in ConvolutionInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(span.State);
        if (inputs.Taps is <= 0 or > MaxTaps) throw new ArgumentException($"A convolution has 1 to {MaxTaps} taps, not {inputs.Taps}.", nameof(inputs));
        if (span.State.Channels != inputs.Channels || span.State.Window != inputs.Taps)
            throw new ArgumentException($"The state is for {span.State.Channels} channels and {span.State.Window} taps, not {inputs.Channels} and {inputs.Taps}.", nameof(inputs));
        if (span.FirstRow < 0 || span.RowCount <= 0 || span.FirstRow > inputs.Rows - span.RowCount)
            throw new ArgumentException($"Rows {span.FirstRow} + {span.RowCount} lie outside the {inputs.Rows} rows of the call.", nameof(span));
    }

    private static Vector512<float> BeforeSilu(in ConvolutionInputs inputs, RecurrentState? state, int first, int row, int channel, int lanes, Vector512<float>* taps)
    {
        var sum = inputs.Bias is null ? Vector512<float>.Zero : ChannelLanes.Load(inputs.Bias + channel, lanes);
        for (var k = 0; k < inputs.Taps; k++)
        {
            var source = row - inputs.Taps + 1 + k;
            Vector512<float> x;
            if (source >= 0) x = ChannelLanes.Load(inputs.Input + (first + source) * inputs.InputStride + channel, lanes);
            else if (state is not null && state.Length + source >= 0) x = ChannelLanes.Load(state.InputOf(state.Length + source) + channel, lanes);
            else x = default; // before the first token
            sum = Vector512.FusedMultiplyAdd(taps[k], x, sum);
        }

        return sum;
    }

    private static void LoadTaps(in ConvolutionInputs inputs, int channel, int lanes, Vector512<float>* taps)
    {
        for (var k = 0; k < inputs.Taps; k++) taps[k] = ChannelLanes.LoadEvery(inputs.Weights + (long)channel * inputs.Taps + k, inputs.Taps, lanes);
    }

    private struct ForwardJob : IParallelJob
    {
        public RecurrentState State;
        public int First;
        public int Rows;
        public ConvolutionInputs Inputs;

        public readonly void Run(int part, int worker)
        {
            var channel = part * ChannelLanes.Count;
            var lanes = Math.Min(ChannelLanes.Count, Inputs.Channels - channel);
            var taps = stackalloc Vector512<float>[Inputs.Taps];
            LoadTaps(Inputs, channel, lanes, taps);
            for (var row = 0; row < Rows; row++)
            {
                var x = BeforeSilu(Inputs, State, First, row, channel, lanes, taps);
                ChannelLanes.Store(x * ChannelLanes.Sigmoid(x), Inputs.Output + (long)(First + row) * Inputs.Channels + channel, lanes);
            }
        }
    }

    private struct BackwardJob : IParallelJob
    {
        public int First;
        public int Rows;
        public ConvolutionInputs Inputs;
        public ConvolutionGradients Gradients;

        public readonly void Run(int part, int worker)
        {
            var channel = part * ChannelLanes.Count;
            var lanes = Math.Min(ChannelLanes.Count, Inputs.Channels - channel);
            var taps = stackalloc Vector512<float>[Inputs.Taps];
            var tapGradients = stackalloc Vector512<float>[Inputs.Taps];
            LoadTaps(Inputs, channel, lanes, taps);
            var biasGradient = Vector512<float>.Zero;
            for (var k = 0; k < Inputs.Taps; k++) tapGradients[k] = default;
            for (var row = 0; row < Rows; row++)
            {
                var slope = ChannelLanes.SiluSlope(BeforeSilu(Inputs, null, First, row, channel, lanes, taps));
                var gradient = slope * ChannelLanes.Load(Gradients.Output + (long)(First + row) * Inputs.Channels + channel, lanes);
                biasGradient += gradient;
                for (var k = 0; k < Inputs.Taps; k++)
                {
                    var source = row - Inputs.Taps + 1 + k;
                    if (source < 0) continue;
                    var offset = (First + source) * Inputs.InputStride + channel;
                    tapGradients[k] = Vector512.FusedMultiplyAdd(gradient, ChannelLanes.Load(Inputs.Input + offset, lanes), tapGradients[k]);
                    if (Gradients.Input is not null) ChannelLanes.Add(gradient * taps[k], Gradients.Input + offset, lanes);
                }
            }

            if (Gradients.Bias is not null) ChannelLanes.Add(biasGradient, Gradients.Bias + channel, lanes);
            for (var k = 0; Gradients.Weights is not null && k < Inputs.Taps; k++)
                ChannelLanes.AddEvery(tapGradients[k], Gradients.Weights + (long)channel * Inputs.Taps + k, Inputs.Taps, lanes);
        }
    }
}
