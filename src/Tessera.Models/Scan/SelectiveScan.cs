using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Models.Attention;
using Tessera.Models.State;
using Tessera.Tensors.Threads;

namespace Tessera.Models.Scan;

/// <summary>
/// The selective state space of Mamba (Gu and Dao, 2023, arXiv:2312.00752), stepped in time order. For each channel with step
/// δ = softplus(time step) and state floats n: h_n ← e^(δ·A_n)·h_n + δ·x·B_n; y = Σ_n C_n·h_n + D·x; output = y·silu(gate). A = -e^LogA.
/// Lanes are channels, so cutting a sequence into passes, or other sequences beside it, change no bit.
/// </summary>
public static unsafe partial class SelectiveScan
{
    private const int MaxStateSize = 256; // published: 16 to 128; bounds what stands on the stack

    /// <summary>A fresh state for a layer.</summary>
    /// <param name="channels">Channels of the scan and of the convolution before it.</param>
    /// <param name="taps">Taps of the convolution.</param>
    /// <param name="stateSize">State floats of a channel.</param>
    /// <param name="rollback">How many tokens can be taken back.</param>
    public static RecurrentState CreateState(int channels, int taps, int stateSize, int rollback = 0) =>
        new(channels, taps, FloatsOf(channels, stateSize), rollback);

    /// <summary>Copies a state's recurrent floats as [channels, state size].</summary>
    public static void ReadState(RecurrentState state, int stateSize, Span<float> target)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (target.Length != (long)state.Channels * stateSize || state.Size != FloatsOf(state.Channels, stateSize))
            throw new ArgumentException("The sizes are not those of the state.", nameof(target));
        for (var c = 0; c < state.Channels; c++)
        {
            for (var n = 0; n < stateSize; n++)
                target[c * stateSize + n] = state.Recurrent[(c / ChannelLanes.Count * stateSize + n) * ChannelLanes.Count + c % ChannelLanes.Count];
        }
    }

    /// <summary>Runs the rows of each span on from its state, which moves behind them.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="spans">The sequences; a state may occur once.</param>
    /// <param name="inputs">The arrays.</param>
    /// <exception cref="ArgumentException">The states do not fit the arrays; nothing was changed.</exception>
    public static void Forward(ComputePool pool, ReadOnlySpan<ScanSpan> spans, in ScanInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(pool);
        foreach (var span in spans) Check(span, inputs);
        foreach (var span in spans)
        {
            span.State.StageStates(span.RowCount);
            var job = new ForwardJob { State = span.State, First = span.FirstRow, Rows = span.RowCount, Inputs = inputs };
            var blocks = ChannelLanes.Blocks(inputs.Channels);
            // A block's row takes about 0.2 µs (16 exponentials of 16 lanes): below 32 of them waking another thread costs more.
            if ((long)span.RowCount * blocks < 32) for (var b = 0; b < blocks; b++) job.Run(b, 0);
            else pool.For(blocks, ref job);
            span.State.Commit(span.RowCount);
        }
    }

    internal static void CheckFresh(in ScanSpan span)
    {
        if (span.State.Length != span.RowCount) throw new NotSupportedException("The backward of a scan needs a state that held nothing before the pass.");
    }

    // Blocks of 16 channels, [block, state size, 16].
    private static int FloatsOf(int channels, int stateSize) => checked(ChannelLanes.Blocks(channels) * ChannelLanes.Count * stateSize);

    private static void Check(in ScanSpan span, in ScanInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(span.State);
        if (inputs.StateSize is <= 0 or > MaxStateSize) throw new ArgumentException($"A channel has 1 to {MaxStateSize} state floats, not {inputs.StateSize}.", nameof(inputs));
        if (span.State.Channels != inputs.Channels || span.State.Size != FloatsOf(inputs.Channels, inputs.StateSize))
            throw new ArgumentException($"The state is not for {inputs.Channels} channels of {inputs.StateSize} state floats.", nameof(inputs));
        if (span.FirstRow < 0 || span.RowCount <= 0 || span.FirstRow > inputs.Rows - span.RowCount)
            throw new ArgumentException($"Rows {span.FirstRow} + {span.RowCount} lie outside the {inputs.Rows} rows of the call.", nameof(span));
    }

    private static void LoadA(in ScanInputs inputs, int channel, int lanes, Vector512<float>* a)
    {
        for (var n = 0; n < inputs.StateSize; n++)
            a[n] = -StripMath.Exp(ChannelLanes.LoadEvery(inputs.LogA + (long)channel * inputs.StateSize + n, inputs.StateSize, lanes));
    }

    // One step of the recurrence; returns y without the direct path.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Step(Vector512<float> step, Vector512<float> x, float* b, float* c, int size, Vector512<float>* a, Vector512<float>* h)
    {
        var scaled = step * x;
        var y = Vector512<float>.Zero;
        for (var n = 0; n < size; n++)
        {
            h[n] = Vector512.FusedMultiplyAdd(StripMath.Exp(step * a[n]), h[n], scaled * b[n]);
            y = Vector512.FusedMultiplyAdd(h[n], Vector512.Create(c[n]), y);
        }

        return y;
    }

    private struct ForwardJob : IParallelJob
    {
        public RecurrentState State;
        public int First;
        public int Rows;
        public ScanInputs Inputs;

        public readonly void Run(int part, int worker)
        {
            var size = Inputs.StateSize;
            var channel = part * ChannelLanes.Count;
            var lanes = Math.Min(ChannelLanes.Count, Inputs.Channels - channel);
            var a = stackalloc Vector512<float>[size];
            var h = stackalloc Vector512<float>[size];
            LoadA(Inputs, channel, lanes, a);
            var before = State.StateAfter(State.Length) + (long)part * size * ChannelLanes.Count;
            for (var n = 0; n < size; n++) h[n] = Vector512.Load(before + n * ChannelLanes.Count);
            var d = ChannelLanes.Load(Inputs.D + channel, lanes);
            for (var r = 0; r < Rows; r++)
            {
                var row = First + r;
                var x = ChannelLanes.Load(Inputs.X + row * Inputs.XStride + channel, lanes);
                var step = ChannelLanes.Softplus(ChannelLanes.Load(Inputs.TimeStep + row * Inputs.TimeStepStride + channel, lanes));
                var y = Step(step, x, Inputs.B + row * Inputs.BStride, Inputs.C + row * Inputs.CStride, size, a, h);
                y = Vector512.FusedMultiplyAdd(d, x, y);
                if (Inputs.Gate is not null)
                {
                    var gate = ChannelLanes.Load(Inputs.Gate + row * Inputs.GateStride + channel, lanes);
                    y *= gate * ChannelLanes.Sigmoid(gate);
                }

                ChannelLanes.Store(y, Inputs.Output + (long)row * Inputs.Channels + channel, lanes);
                if (r < Rows - 1 - State.Rollback) continue;
                var after = State.StateAfter(State.Length + r + 1) + (long)part * size * ChannelLanes.Count;
                for (var n = 0; n < size; n++) h[n].Store(after + n * ChannelLanes.Count);
            }
        }
    }
}
