using Tessera.Models.Scan;
using Tessera.Models.State;
using Tessera.Models.Tests.Attention;
using Tessera.Tensors.Threads;

namespace Tessera.Models.Tests.Scan;

public unsafe class CausalConvolutionTests
{
    private const int Rows = 19, Channels = 21, Taps = 4;
    private readonly float[] _x;
    private readonly float[] _weights;
    private readonly float[] _bias;

    public CausalConvolutionTests()
    {
        var random = new Random(4);
        (_x, _weights, _bias) = (Floats(Rows * Channels), Floats(Channels * Taps), Floats(Channels));
        float[] Floats(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 4 - 2))];
    }

    [Fact]
    public void OutputsAreTheTwinsAndTheWindowHoldsTheLastInputs()
    {
        using var state = SelectiveScan.CreateState(Channels, Taps, 2);
        AttentionFixture.ShouldBeClose(Run(state, 0, Rows), MambaTwin.Convolve(D(_x), D(_weights), D(_bias), Rows, Channels, Taps), 1e-6);
        var window = new float[Channels * Taps];
        state.ReadWindow(window);
        for (var c = 0; c < Channels; c++)
        {
            for (var k = 0; k < Taps; k++) window[c * Taps + k].ShouldBe(_x[(Rows - Taps + k) * Channels + c]);
        }
    }

    [Fact]
    public void TheWindowOfAShortTextStartsWithZeros()
    {
        using var state = SelectiveScan.CreateState(Channels, Taps, 2);
        Run(state, 0, 1);
        var window = new float[Channels * Taps];
        state.ReadWindow(window);
        window[..Taps].ShouldBe([0, 0, 0, _x[0]]);
    }

    [Fact]
    public void PiecesChangeNoBitAndAnUncommittedPassLeavesTheState()
    {
        using var state = SelectiveScan.CreateState(Channels, Taps, 2);
        var whole = Run(state, 0, Rows);
        state.Clear();
        var pieces = Run(state, 0, 2).Concat(Run(state, 2, 1));
        Run(state, 5, 9, commit: false); // a pass that was cancelled
        AttentionFixture.ShouldBeSameBits([.. pieces, .. Run(state, 3, 16)], whole);
    }

    [Fact]
    public void GradientsAreThoseOfTheTwin()
    {
        using var state = SelectiveScan.CreateState(Channels, Taps, 2);
        Run(state, 0, Rows);
        var upstream = Enumerable.Range(0, Rows * Channels).Select(i => (i * 7 % 11 - 5) * 0.3f).ToArray();
        var (gx, gw, gb) = (new float[_x.Length], new float[_weights.Length], new float[_bias.Length]);
        fixed (float* x = _x, w = _weights, b = _bias, o = upstream, px = gx, pw = gw, pb = gb)
        {
            var inputs = new ConvolutionInputs { Rows = Rows, Channels = Channels, Taps = Taps, Input = x, InputStride = Channels, Weights = w, Bias = b };
            CausalConvolution.Backward(
                ComputePool.Shared, [new ScanSpan(state, 0, Rows)], inputs, new ConvolutionGradients { Output = o, Input = px, Weights = pw, Bias = pb });
        }

        var arrays = new[] { D(_x), D(_weights), D(_bias) };
        foreach (var (array, actual) in arrays.Zip(new[] { gx, gw, gb }))
        {
            for (var i = 0; i < array.Length; i += 5)
            {
                var kept = array[i];
                array[i] = kept + 1e-5;
                var up = Loss();
                array[i] = kept - 1e-5;
                var down = Loss();
                array[i] = kept;
                ((up - down) / 2e-5).ShouldBe(actual[i], 2e-5);
            }
        }

        double Loss() => MambaTwin.Convolve(arrays[0], arrays[1], arrays[2], Rows, Channels, Taps).Zip(upstream, (a, b) => a * b).Sum();
    }

    private float[] Run(RecurrentState state, int first, int rows, bool commit = true)
    {
        var output = new float[rows * Channels];
        fixed (float* x = _x, w = _weights, b = _bias, o = output)
        {
            CausalConvolution.Forward(
                ComputePool.Shared, [new ScanSpan(state, 0, rows)],
                new ConvolutionInputs { Rows = rows, Channels = Channels, Taps = Taps, Input = x + first * Channels, InputStride = Channels, Weights = w, Bias = b, Output = o });
        }

        if (commit) Commit(state, rows);
        return output;
    }

    // A scan over zeros ends the pass.
    private static void Commit(RecurrentState state, int rows)
    {
        fixed (float* zeros = new float[rows * Channels])
        {
            var inputs = new ScanInputs { Rows = rows, Channels = Channels, StateSize = 2, X = zeros, TimeStep = zeros, B = zeros, C = zeros, LogA = zeros, D = zeros, Output = zeros };
            SelectiveScan.Forward(ComputePool.Shared, [new ScanSpan(state, 0, rows)], inputs);
        }
    }

    private static double[] D(float[] values) => [.. values.Select(v => (double)v)];
}
