using System.Diagnostics;
using Tessera.Tensors;
using Tessera.Tensors.Formats;
using Tessera.Tensors.Kernels;
using Tessera.Tensors.Threads;

namespace Tessera.Kernels.Measure;

/// <summary>The linear maps of SmolLM2-135M with random weights: width 576, 30 layers, MLP 1,536, vocabulary 49,152 (its config.json);
/// width 512 for formats in blocks of 256.</summary>
internal sealed unsafe class ModelShapes : IDisposable
{
    private const int KeyWidth = 192, Inner = 1536, Vocabulary = 49_152, MaxRows = 512;
    private readonly ComputePool _pool;
    private readonly PackedMatrix[][] _layers;
    private readonly PackedMatrix _head;
    private readonly ActivationScratch _scratch = new();
    private readonly double[] _fastest;
    private readonly NativeBuffer _x = new(MaxRows * Inner * sizeof(float));
    private readonly NativeBuffer _y = new((long)MaxRows * 2 * Inner * sizeof(float));

    public ModelShapes(TensorFormat format, ComputePool pool, int layers)
    {
        _pool = pool;
        Width = BlockFormat.Of(format).BlockLength > 32 ? 512 : 576; // K-quants need multiples of 256
        var x = new Span<float>(_x.Pointer, MaxRows * Inner);
        var random = new RandomKey(1, 0, 0, RandomPurpose.Initialise);
        for (var i = 0; i < x.Length; i++) x[i] = (float)random.Uniform((uint)i) - 0.5f;
        _fastest = new double[layers * 4 + 1];
        _layers = new PackedMatrix[layers][];
        for (var layer = 0; layer < layers; layer++)
        {
            _layers[layer] =
            [
                Pack(format, Width, Width), Pack(format, KeyWidth, Width), Pack(format, KeyWidth, Width), Pack(format, Width, Width),
                Pack(format, Inner, Width), Pack(format, Inner, Width), Pack(format, Width, Inner),
            ];
        }

        _head = Pack(format, Vocabulary, Width);
    }

    /// <summary>Weights that a pass of one row multiplies.</summary>
    public long Weights => _layers.Sum(l => l.Sum(m => (long)m.Rows * m.Columns)) + (IncludesHead ? (long)Vocabulary * Width : 0);

    /// <summary>Their bytes.</summary>
    public long Bytes => _layers.Sum(l => l.Sum(m => m.ByteLength)) + (IncludesHead ? _head.ByteLength : 0);

    private int Width { get; }

    private bool IncludesHead { get; set; }

    /// <summary>
    /// Seconds of a pass: the sum over its products of each one's fastest run, so that other processes of a busy machine count
    /// less (and one thread's processor time instead of the clock's).
    /// The head is computed for up to 16 rows; a longer prompt needs it for its last row only.
    /// </summary>
    public double Best(int rows, Arithmetic mode)
    {
        IncludesHead = rows <= 16 && _layers.Length > 1;
        Array.Fill(_fastest, double.MaxValue);
        var all = Stopwatch.StartNew();
        for (var repeat = 0; repeat < 3 || (all.ElapsedMilliseconds < 1500 && repeat < 200); repeat++) Pass(rows, mode);
        return _fastest.Where(f => f < double.MaxValue).Sum();
    }

    /// <summary>Multiply-adds per second of the gradient to the input of an up projection, 512 rows.</summary>
    public double BestTransposed() => Best(() =>
        MatrixProduct.MultiplyTransposed(_pool, new Address(_y).At(0), MaxRows, Inner, _layers[0][4], new Address(_x).At(0), Width, false));

    /// <summary>Multiply-adds per second of the gradient to its weights.</summary>
    public double BestOuter()
    {
        using var gradient = new NativeBuffer((long)Inner * Width * sizeof(float));
        return Best(() => MatrixProduct.AccumulateOuter(_pool, new Address(_y).At(0), Inner, new Address(_x).At(0), Width, MaxRows, Inner, Width, new Address(gradient).At(0)));
    }

    private double Best(Action product)
    {
        var best = double.MaxValue;
        for (var repeat = 0; repeat < 30; repeat++)
        {
            var start = Seconds();
            product();
            best = Math.Min(best, Seconds() - start);
        }

        return (double)MaxRows * Inner * Width / best;
    }

    public void Dispose()
    {
        foreach (var layer in _layers)
        {
            foreach (var matrix in layer) matrix.Dispose();
        }

        _head.Dispose();
        _scratch.Dispose();
        _x.Dispose();
        _y.Dispose();
    }

    private void Pass(int rows, Arithmetic mode)
    {
        var (x, y) = (new Address(_x), new Address(_y));
        var call = 0;
        foreach (var m in _layers)
        {
            Multiply(Width, [new(m[0], y.At(0), 2 * Inner), new(m[1], y.At(Width), 2 * Inner), new(m[2], y.At(Width + KeyWidth), 2 * Inner)]);
            Multiply(Width, [new(m[3], y.At(0), 2 * Inner)]);
            Multiply(Width, [new(m[4], y.At(0), 2 * Inner), new(m[5], y.At(Inner), 2 * Inner)]);
            Multiply(Inner, [new(m[6], y.At(0), 2 * Inner)]);
        }

        if (IncludesHead) Multiply(Width, [new(_head, y.At(0), Vocabulary)]);

        void Multiply(int columns, ReadOnlySpan<MatrixTarget> targets)
        {
            var start = Seconds();
            MatrixProduct.Multiply(_pool, mode, x.At(0), rows, columns, targets, _scratch);
            ref var fastest = ref _fastest[call++];
            fastest = Math.Min(fastest, Seconds() - start);
        }
    }

    // One thread is measured by the processor time it gets, several by the clock.
    private double Seconds() => _pool.Threads == 1 ? Environment.CpuUsage.TotalTime.TotalSeconds : Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;

    private PackedMatrix Pack(TensorFormat format, int rows, int columns)
    {
        // Random bytes make valid codes; scales are written over with a small half where blocks begin with one.
        var tensor = Tensor.Create(format, rows, columns);
        var bytes = new Span<byte>(tensor.Data, (int)tensor.ByteLength);
        new Random(1).NextBytes(bytes);
        var facts = BlockFormat.Of(format);
        if (format == TensorFormat.F32) new Span<float>(tensor.Data, rows * columns).Fill(0.01f);
        else if (facts.BlockLength == 1) new Span<ushort>(tensor.Data, rows * columns).Fill(0x2000);
        for (var at = 0; facts.BlockLength > 1 && at < bytes.Length; at += facts.BlockBytes) (bytes[at], bytes[at + 1]) = (0, 0x20);
        var matrix = PackedMatrix.Pack(tensor, _pool);
        tensor.Free();
        return matrix;
    }

    private readonly struct Address(NativeBuffer buffer)
    {
        public float* At(int offset) => (float*)buffer.Pointer + offset;
    }
}
