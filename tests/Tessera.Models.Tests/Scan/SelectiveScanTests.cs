using Tessera.Models.Scan;
using Tessera.Models.State;
using Tessera.Models.Tests.Attention;
using Tessera.Tensors;
using Tessera.Tensors.Threads;

namespace Tessera.Models.Tests.Scan;

public unsafe class SelectiveScanTests
{
    private const int Rows = 23, Channels = 37, Size = 5, Taps = 4;
    private readonly float[][] _arrays; // x, time step, B, C, gate, log A, D

    public SelectiveScanTests()
    {
        var random = new Random(3);
        int[] lengths = [Rows * Channels, Rows * Channels, Rows * Size, Rows * Size, Rows * Channels, Channels * Size, Channels];
        _arrays = [.. lengths.Select(n => Enumerable.Range(0, n).Select(_ => (float)(random.NextDouble() * 2 - 1)).ToArray())];
    }

    [Fact]
    public void OutputsAndFinalStateAreTheTwins()
    {
        using var state = SelectiveScan.CreateState(Channels, Taps, Size);
        var final = new double[Channels * Size];
        AttentionFixture.ShouldBeClose(Run(state, 0, Rows), MambaTwin.Scan(Doubles(), Rows, Channels, Size, final), 2e-6);
        var actual = new float[Channels * Size];
        SelectiveScan.ReadState(state, Size, actual);
        AttentionFixture.ShouldBeClose(actual, final, 2e-6);
        state.Length.ShouldBe(Rows);
    }

    [Fact]
    public void PiecesAndThreadsChangeNoBit()
    {
        using var one = new ComputePool(1);
        using var state = SelectiveScan.CreateState(Channels, Taps, Size);
        var whole = Run(state, 0, Rows, one);
        state.Clear();
        ShouldBeWhole([.. Run(state, 0, 9), .. Run(state, 9, 13), .. Run(state, 22, 1)]);
        state.Clear();
        ShouldBeWhole([.. Enumerable.Range(0, Rows).SelectMany(r => Run(state, r, 1))]);

        void ShouldBeWhole(float[] actual) => AttentionFixture.ShouldBeSameBits(actual, whole);
    }

    [Fact]
    public void TruncateGoesBackWithinTheRowsThatAreKept()
    {
        using var state = SelectiveScan.CreateState(Channels, Taps, Size, rollback: 4);
        using var plain = SelectiveScan.CreateState(Channels, Taps, Size);
        var whole = Run(plain, 0, Rows);
        RunBoth(state, 0, 20);
        state.Truncate(17);
        AttentionFixture.ShouldBeSameBits(RunBoth(state, 17, 6), whole.AsSpan(17 * Channels));
        state.Truncate(19);
        Should.Throw<NotSupportedException>(() => state.Truncate(16)).Message.ShouldContain("Truncate");
        state.Length.ShouldBe(19);
        state.Truncate(0);
        AttentionFixture.ShouldBeSameBits(RunBoth(state, 0, Rows), whole);
        Should.Throw<NotSupportedException>(() => plain.Truncate(Rows - 1));
    }

    [Fact]
    public void TheLastPassCanAlwaysBeTakenBack()
    {
        using var state = SelectiveScan.CreateState(Channels, Taps, Size);
        var whole = RunBoth(state, 0, Rows);
        state.Clear();
        RunBoth(state, 0, 3);
        RunBoth(state, 3, 15);
        RunBoth(state, 18, 1);
        state.Truncate(18);
        Should.Throw<NotSupportedException>(() => state.Truncate(3));
        RunBoth(state, 18, 4);
        state.Truncate(18);
        AttentionFixture.ShouldBeSameBits(RunBoth(state, 18, 5), whole.AsSpan(18 * Channels));
        var window = new float[Channels * Taps];
        state.Truncate(18);
        state.ReadWindow(window);
        window[..Taps].ShouldBe([.. Enumerable.Range(14, Taps).Select(r => _arrays[0][r * Channels])]);
    }

    [Fact]
    public void ForksGoOnAloneAndASavedStateReadsBack()
    {
        using var state = SelectiveScan.CreateState(Channels, Taps, Size, rollback: 2);
        Run(state, 0, 12);
        using var fork = state.Fork();
        using var stream = new MemoryStream();
        state.Save(stream);
        var expected = Run(state, 12, 11);
        AttentionFixture.ShouldBeSameBits(Run(fork, 12, 11), expected);
        using var loaded = SelectiveScan.CreateState(Channels, Taps, Size, rollback: 2);
        stream.Position = 0;
        loaded.Load(stream);
        loaded.Length.ShouldBe(12);
        AttentionFixture.ShouldBeSameBits(Run(loaded, 12, 11), expected);
        stream.SetLength(stream.Length - 1);
        stream.Position = 0;
        Should.Throw<MalformedInputException>(() => loaded.Load(stream));
        loaded.Length.ShouldBe(23);
        using var other = SelectiveScan.CreateState(Channels, Taps, Size + 1);
        stream.Position = 0;
        Should.Throw<MalformedInputException>(() => other.Load(stream));
    }

    [Fact]
    public void TheTwinsGradientIsTheScans()
    {
        using var state = SelectiveScan.CreateState(Channels, Taps, Size);
        Run(state, 0, Rows);
        var random = new Random(9);
        var upstream = Enumerable.Range(0, Rows * Channels).Select(_ => (float)(random.NextDouble() * 2 - 1)).ToArray();
        var gradients = _arrays.Select(a => new float[a.Length]).ToArray();
        Backward(state, upstream, gradients, ComputePool.Shared);
        var doubles = Doubles();
        for (var array = 0; array < doubles.Length; array++)
        {
            // Central differences of the double twin are good to about 1e-9; the F32 scan is held to the trainer's 1e-4 of the largest entry.
            var largest = gradients[array].Max(Math.Abs);
            for (var i = 0; i < doubles[array].Length; i += Math.Max(1, doubles[array].Length / 50))
            {
                const double step = 1e-5;
                var kept = doubles[array][i];
                doubles[array][i] = kept + step;
                var up = Loss();
                doubles[array][i] = kept - step;
                var down = Loss();
                doubles[array][i] = kept;
                Math.Abs((up - down) / (2 * step) - gradients[array][i]).ShouldBeLessThan(1e-4 * largest + 1e-7, $"array {array}, element {i}");
            }
        }

        double Loss() => MambaTwin.Scan(doubles, Rows, Channels, Size).Zip(upstream, (a, b) => a * b).Sum();
    }

    [Fact]
    public void ThreadsChangeNoBitOfAGradientAndAPastIsRefused()
    {
        using var state = SelectiveScan.CreateState(Channels, Taps, Size);
        Run(state, 0, Rows);
        var upstream = Enumerable.Range(0, Rows * Channels).Select(i => i % 7 - 3f).ToArray();
        var a = _arrays.Select(x => new float[x.Length]).ToArray();
        var b = _arrays.Select(x => new float[x.Length]).ToArray();
        using var one = new ComputePool(1);
        using var three = new ComputePool(3);
        Backward(state, upstream, a, one);
        Backward(state, upstream, b, three);
        for (var i = 0; i < a.Length; i++) AttentionFixture.ShouldBeSameBits(b[i], a[i]);
        Run(state, 0, 1);
        Should.Throw<NotSupportedException>(() => Backward(state, upstream, a, one));
    }

    // The scan alone leaves the window of the convolution alone; rollback wants inputs staged too.
    private float[] RunBoth(RecurrentState state, int first, int rows)
    {
        fixed (float* x = _arrays[0], weights = new float[Channels * Taps], output = new float[rows * Channels])
        {
            var inputs = new ConvolutionInputs { Rows = rows, Channels = Channels, Taps = Taps, Input = x + first * Channels, InputStride = Channels, Weights = weights, Output = output };
            CausalConvolution.Forward(ComputePool.Shared, [new ScanSpan(state, 0, rows)], inputs);
        }

        return Run(state, first, rows);
    }

    private float[] Run(RecurrentState state, int first, int rows, ComputePool? pool = null)
    {
        var output = new float[rows * Channels];
        fixed (float* x = _arrays[0], dt = _arrays[1], b = _arrays[2], c = _arrays[3], z = _arrays[4], a = _arrays[5], d = _arrays[6], o = output)
        {
            SelectiveScan.Forward(pool ?? ComputePool.Shared, [new ScanSpan(state, 0, rows)], Inputs(x, dt, b, c, z, a, d, o, first, rows));
        }

        return output;
    }

    private void Backward(RecurrentState state, float[] upstream, float[][] g, ComputePool pool)
    {
        using var scratch = new Arena();
        fixed (float* x = _arrays[0], dt = _arrays[1], b = _arrays[2], c = _arrays[3], z = _arrays[4], a = _arrays[5], d = _arrays[6], o = upstream)
        fixed (float* gx = g[0], gdt = g[1], gb = g[2], gc = g[3], gz = g[4], ga = g[5], gd = g[6])
        {
            SelectiveScan.Backward(
                pool, scratch, [new ScanSpan(state, 0, Rows)], Inputs(x, dt, b, c, z, a, d, null, 0, Rows),
                new ScanGradients { Output = o, X = gx, TimeStep = gdt, B = gb, C = gc, Gate = gz, LogA = ga, D = gd });
        }
    }

    private static ScanInputs Inputs(float* x, float* dt, float* b, float* c, float* z, float* a, float* d, float* o, int first, int rows) => new()
    {
        Rows = rows, Channels = Channels, StateSize = Size, X = x + first * Channels, XStride = Channels, TimeStep = dt + first * Channels, TimeStepStride = Channels,
        B = b + first * Size, BStride = Size, C = c + first * Size, CStride = Size, Gate = z + first * Channels, GateStride = Channels, LogA = a, D = d, Output = o,
    };

    private double[][] Doubles() => [.. _arrays.Select(a => a.Select(v => (double)v).ToArray())];
}
