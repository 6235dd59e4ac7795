using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Tessera.Tensors.Threads;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// What this machine can do, measured with the pool that will do the work, so that speeds can be quoted against the limit: decoding is
/// bound by reading weights, prefill by multiply-adds.
/// </summary>
public static unsafe class MachineProbe
{
    private const int Reads = 10, Rounds = 60; // short rounds: one of them escapes the other processes of a busy machine

    /// <summary>The processor's name, as far as the system tells it.</summary>
    public static string Processor => ProcessorTopology.Name;

    /// <summary>The kernels that this process chose, in a line such as <c>avx512 + assembled vnni</c>.</summary>
    /// <exception cref="InvalidOperationException">The environment asks for kernels that can't run here.</exception>
    public static string Kernels => KernelTable.Process.Description;

    /// <summary>Bytes per second of the fastest of ten reads of 1 GiB, shared among the pool's threads.</summary>
    /// <param name="pool">The threads to read with.</param>
    /// <exception cref="OutOfMemoryException">There is no GiB to read.</exception>
    public static double MeasureReadBandwidth(ComputePool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        const long Bytes = 1L << 30;
        using var buffer = new NativeBuffer(Bytes); // zeroing also gives every page its memory
        return Best(pool, Reads, pool.Threads * 16, Bytes, new ReadJob(buffer.Pointer, Bytes / (pool.Threads * 16)));
    }

    /// <summary>F32 multiply-adds per second of all threads, operands in registers.</summary>
    /// <param name="pool">The threads to compute with.</param>
    public static double MeasureFloatPeak(ComputePool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var lanes = Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;
        return Best(pool, Rounds, pool.Threads, pool.Threads * (double)FloatJob.Steps * FloatJob.Chains * lanes, new FloatJob());
    }

    /// <summary>8-bit multiply-adds per second of all threads: the integer kernel on operands in the first-level cache, scales included.</summary>
    /// <param name="pool">The threads to compute with.</param>
    public static double MeasureIntegerPeak(ComputePool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return Best(pool, Rounds, pool.Threads, pool.Threads * IntegerJob.Products, new IntegerJob(pool, KernelTable.Process));
    }

    private static double Best<TJob>(ComputePool pool, int rounds, int parts, double work, TJob job) where TJob : struct, IParallelJob
    {
        var best = double.MaxValue;
        for (var round = 0; round < rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            pool.For(parts, ref job);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return work / best;
    }

    private readonly struct ReadJob(byte* memory, long bytes) : IParallelJob
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int part, int worker)
        {
            Vector256<ulong> a = default, b = default, c = default, d = default;
            var end = memory + (part + 1) * bytes;
            for (var p = memory + part * bytes; p < end; p += 256)
            {
                a ^= Vector256.Load((ulong*)p) ^ Vector256.Load((ulong*)(p + 32));
                b ^= Vector256.Load((ulong*)(p + 64)) ^ Vector256.Load((ulong*)(p + 96));
                c ^= Vector256.Load((ulong*)(p + 128)) ^ Vector256.Load((ulong*)(p + 160));
                d ^= Vector256.Load((ulong*)(p + 192)) ^ Vector256.Load((ulong*)(p + 224));
            }

            Keep((a ^ b ^ c ^ d).ToScalar());
        }
    }

    private readonly struct FloatJob : IParallelJob
    {
        public const int Chains = 12, Steps = 200_000;

        public void Run(int part, int worker)
        {
            if (Vector512.IsHardwareAccelerated) Chain<Float512, Vector512<float>>();
            else if (Vector256.IsHardwareAccelerated) Chain<Float256, Vector256<float>>();
            else Chain<Float128, Vector128<float>>();
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Chain<TLanes, TVector>()
            where TLanes : struct, IFloatLanes<TVector>
            where TVector : struct
        {
            var sums = stackalloc float[Chains * 16]; // before the loop: a call after it would keep the sums out of registers
            var one = 1f;
            var x = TLanes.Broadcast(&one);
            TVector a, b, c, d, e, f, g, h, i, j, k, l;
            a = b = c = d = e = f = g = h = i = j = k = l = TLanes.Zero;
            for (var step = 0; step < Steps; step++)
            {
                a = TLanes.MultiplyAdd(x, x, a);
                b = TLanes.MultiplyAdd(x, x, b);
                c = TLanes.MultiplyAdd(x, x, c);
                d = TLanes.MultiplyAdd(x, x, d);
                e = TLanes.MultiplyAdd(x, x, e);
                f = TLanes.MultiplyAdd(x, x, f);
                g = TLanes.MultiplyAdd(x, x, g);
                h = TLanes.MultiplyAdd(x, x, h);
                i = TLanes.MultiplyAdd(x, x, i);
                j = TLanes.MultiplyAdd(x, x, j);
                k = TLanes.MultiplyAdd(x, x, k);
                l = TLanes.MultiplyAdd(x, x, l);
            }

            TLanes.Store(a, sums);
            TLanes.Store(b, sums + 16);
            TLanes.Store(c, sums + 32);
            TLanes.Store(d, sums + 48);
            TLanes.Store(e, sums + 64);
            TLanes.Store(f, sums + 80);
            TLanes.Store(g, sums + 96);
            TLanes.Store(h, sums + 112);
            TLanes.Store(i, sums + 128);
            TLanes.Store(j, sums + 144);
            TLanes.Store(k, sums + 160);
            TLanes.Store(l, sums + 176);
            Keep((ulong)sums[0]);
        }
    }

    private readonly struct IntegerJob(ComputePool pool, KernelTable table) : IParallelJob
    {
        private const int Rows = 12, Blocks = 12, Repeats = 400; // 13 KiB of weights, 7 KiB of activations

        public const double Products = (double)Rows * Blocks * PanelLayout.BlockLength * 32 * Repeats;

        public void Run(int part, int worker)
        {
            const int CodeBytes = 2 * Blocks * PanelLayout.BlockCodes, ScaleBytes = 2 * Blocks * 2 * PanelLayout.Width;
            var rowBytes = (int)ActivationLayout.RowBytes(Blocks * PanelLayout.BlockLength, false);
            var memory = pool.WorkerMemory(worker, CodeBytes + ScaleBytes + Rows * (rowBytes + 32 * sizeof(float)));
            new Span<byte>(memory, CodeBytes + ScaleBytes + Rows * rowBytes).Clear();
            IntegerBlock block;
            block.Codes = memory;
            block.Scales = block.Minima = block.High = block.Super = memory + CodeBytes / 2;
            block.Second = (CodeBytes + ScaleBytes) / 2;
            block.X = memory + CodeBytes + ScaleBytes;
            block.XRow = rowBytes;
            block.Blocks = Blocks;
            block.C = (float*)(block.X + Rows * rowBytes);
            block.CRow = 32;
            block.Accumulate = 0;
            block.Ahead = 0;
            for (var repeat = 0; repeat < Repeats; repeat++) table.Integer(IntegerSource.Bytes, false, &block, Rows);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep(ulong value) => _ = value;
}
