using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Tessera.Tensors.Threads;

/// <summary>
/// The threads that kernels run on. One dispatch at a time: the caller works too, the other threads join while parts are left, and
/// the call returns when every part is done. Callers from several threads queue; a call from inside a part runs on that thread alone.
/// Threads wait for the next dispatch by spinning for a moment, then park. It knows nothing of what it runs.
/// </summary>
/// <remarks>
/// Parts are handed out by a counter, so results must not depend on which thread runs which part; kernels are written so.
/// A thread that wakes late finds the dispatch closed and is not waited for: on busy machines the caller finishes alone.
/// </remarks>
public sealed unsafe class ComputePool : IDisposable
{
    // Long enough to bridge the serial work between two products of one layer, short enough not to be seen in an idle process.
    private static readonly long SpinTicks = Stopwatch.Frequency * 60 / 1_000_000;
    private static readonly Lazy<ComputePool> SharedPool = new(() => new ComputePool(ProcessorTopology.PhysicalCores));

    // The state word: epoch in the upper half, then one bit "open", then the number of threads inside.
    private const long Open = 1L << 16, ActiveMask = Open - 1, EpochOne = 1L << 32;

    [ThreadStatic] private static ComputePool? _poolOfThread; // the pool whose part this thread is running
    [ThreadStatic] private static int _workerOfThread;

    private readonly Lock _dispatch = new();
    private readonly Thread[] _threads;
    private readonly Parking[] _parking;
    private readonly NativeBuffer?[] _workerMemory;
    private readonly bool _spins;
    private long _state;
    private int _next;
    private int _parts;
    private void* _job;
    private delegate*<void*, int, int, void> _run;
    private Exception? _failure;
    private volatile bool _stopped;

    /// <summary>Starts a pool.</summary>
    /// <param name="threads">How many threads compute, the caller's included; from 1 to 1,024. One means that nothing is started.</param>
    public ComputePool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, 1024);
        Threads = threads;
        _spins = threads <= Environment.ProcessorCount;
        _workerMemory = new NativeBuffer?[threads];
        _parking = new Parking[threads - 1];
        _threads = new Thread[threads - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var worker = i + 1;
            _parking[i] = new Parking();
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"Tessera compute {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>The pool of this process: as many threads as physical cores are available to it. Never disposed.</summary>
    public static ComputePool Shared => SharedPool.Value;

    /// <summary>How many threads compute, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>Runs parts 0 … parts − 1 and returns when all are done. Allocates nothing.</summary>
    /// <param name="parts">How many parts; 0 does nothing.</param>
    /// <param name="job">The work; copied at the start, copied back at the end.</param>
    /// <remarks>The first exception that a part throws is rethrown here; parts that had not started by then are left out.</remarks>
    public void For<TJob>(int parts, ref TJob job) where TJob : struct, IParallelJob => For(parts, ref job, alone: false);

    /// <summary>The same, on request on the caller's thread alone: for work that ends sooner than another thread would begin.</summary>
    internal void For<TJob>(int parts, ref TJob job, bool alone) where TJob : struct, IParallelJob
    {
        ArgumentOutOfRangeException.ThrowIfNegative(parts);
        ObjectDisposedException.ThrowIf(_stopped, this);
        if (ReferenceEquals(_poolOfThread, this))
        {
            for (var part = 0; part < parts; part++) job.Run(part, _workerOfThread);
            return;
        }

        lock (_dispatch)
        {
            var (outerPool, outerWorker) = (_poolOfThread, _workerOfThread);
            (_poolOfThread, _workerOfThread) = (this, 0);
            try
            {
                if (alone || parts <= 1 || Threads == 1)
                {
                    for (var part = 0; part < parts; part++) job.Run(part, 0);
                }
                else
                {
                    var local = job; // on this stack it does not move, so that threads may hold its address
                    Dispatch(parts, Unsafe.AsPointer(ref local), &RunPart<TJob>);
                    job = local;
                }
            }
            finally
            {
                (_poolOfThread, _workerOfThread) = (outerPool, outerWorker);
            }
        }
    }

    /// <summary>Memory of one thread of this pool, for tiles of the kernel it is running; contents are undefined. Call it inside a part only.</summary>
    internal byte* WorkerMemory(int worker, int byteLength)
    {
        var buffer = _workerMemory[worker];
        if (buffer is null || buffer.ByteLength < byteLength)
        {
            buffer?.Dispose();
            _workerMemory[worker] = buffer = new NativeBuffer(byteLength, zeroed: false);
        }

        return buffer.Pointer;
    }

    /// <summary>Stops the threads. Call it when no dispatch is running; the shared pool ignores it.</summary>
    public void Dispose()
    {
        if (SharedPool.IsValueCreated && ReferenceEquals(this, SharedPool.Value)) return;
        lock (_dispatch)
        {
            if (_stopped) return;
            _stopped = true;
            foreach (var parking in _parking) parking.Wake();
            foreach (var thread in _threads) thread.Join();
            foreach (var parking in _parking) parking.Dispose();
            foreach (var buffer in _workerMemory) buffer?.Dispose();
        }
    }

    private static void RunPart<TJob>(void* job, int part, int worker) where TJob : struct, IParallelJob =>
        Unsafe.AsRef<TJob>(job).Run(part, worker);

    private void Dispatch(int parts, void* job, delegate*<void*, int, int, void> run)
    {
        _job = job;
        _run = run;
        _parts = parts;
        _next = 0;
        _failure = null;
        Interlocked.Exchange(ref _state, ((_state & ~(Open | ActiveMask)) + EpochOne) | Open); // a full fence: published before parked threads are looked for
        var helpers = Math.Min(parts - 1, _parking.Length);
        for (var i = 0; i < helpers; i++) _parking[i].Wake();

        RunParts(0);
        Interlocked.And(ref _state, ~Open);
        for (var spins = 0; (Volatile.Read(ref _state) & ActiveMask) != 0; spins++)
        {
            if (_spins && spins < 20_000) Thread.SpinWait(1);
            else Thread.Yield();
        }

        if (_failure is not null) ExceptionDispatchInfo.Throw(_failure);
    }

    private void RunParts(int worker)
    {
        try
        {
            int part;
            while ((part = Interlocked.Increment(ref _next) - 1) < _parts) _run(_job, part, worker);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, e, null); // surfaces on the caller
            Volatile.Write(ref _next, _parts);
        }
    }

    private void Work(int worker)
    {
        (_poolOfThread, _workerOfThread) = (this, worker);
        var parking = _parking[worker - 1];
        var seen = 0L;
        while (!_stopped)
        {
            var state = Volatile.Read(ref _state);
            if ((state & Open) == 0 || state >> 32 == seen)
            {
                Await(parking, seen);
                continue;
            }

            if (Interlocked.CompareExchange(ref _state, state + 1, state) != state) continue;
            seen = state >> 32;
            RunParts(worker);
            Interlocked.Decrement(ref _state);
        }
    }

    private void Await(Parking parking, long seen)
    {
        var start = Stopwatch.GetTimestamp();
        while (_spins && Stopwatch.GetTimestamp() - start < SpinTicks)
        {
            for (var i = 0; i < 16; i++)
            {
                if (HasNews(seen)) return;
                Thread.SpinWait(1);
            }
        }

        parking.Announce();
        if (HasNews(seen)) parking.Withdraw();
        else parking.Wait();
    }

    private bool HasNews(long seen)
    {
        var state = Volatile.Read(ref _state);
        return _stopped || ((state & Open) != 0 && state >> 32 != seen);
    }

    /// <summary>Where one thread sleeps. A wake-up that comes between the announcement and the wait is not lost.</summary>
    private sealed class Parking : IDisposable
    {
        private readonly SemaphoreSlim _signal = new(0);
        private int _parked;

        public void Announce() => Interlocked.Exchange(ref _parked, 1);

        public void Withdraw()
        {
            if (Interlocked.Exchange(ref _parked, 0) == 0) _signal.Wait(); // a waker took the announcement: take its signal
        }

        public void Wait() => _signal.Wait();

        public void Wake()
        {
            if (Volatile.Read(ref _parked) == 1 && Interlocked.Exchange(ref _parked, 0) == 1) _signal.Release();
        }

        public void Dispose() => _signal.Dispose();
    }
}
