using System.Diagnostics;
using Tessera.Tensors.Threads;

namespace Tessera.Tensors.Tests.Threads;

public sealed class ComputePoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void EveryPartRunsExactlyOnce(int threads)
    {
        using var pool = new ComputePool(threads);
        var counts = new int[1000];
        for (var round = 0; round < 300; round++)
        {
            var parts = round * 7 % counts.Length;
            Array.Clear(counts);
            var job = new Count(counts);
            pool.For(parts, ref job);
            counts.Take(parts).ShouldAllBe(c => c == 1);
            counts.Skip(parts).ShouldAllBe(c => c == 0);
        }
    }

    [Fact]
    public void NoTwoPartsShareAWorkerAtTheSameTime()
    {
        using var pool = new ComputePool(4);
        var job = new Exclusive(new int[4]);
        for (var round = 0; round < 50; round++) pool.For(64, ref job);
    }

    [Fact]
    public void ACallFromInsideAPartRunsOnTheSameWorker()
    {
        using var pool = new ComputePool(3);
        var counts = new int[20];
        var job = new Nested(pool, counts);
        pool.For(10, ref job);
        counts.ShouldAllBe(c => c == 10);
    }

    [Fact]
    public void CallersFromManyThreadsQueue()
    {
        using var pool = new ComputePool(2);
        Parallel.For(0, 8, _ =>
        {
            var counts = new int[50];
            for (var round = 1; round <= 100; round++)
            {
                var job = new Count(counts);
                pool.For(50, ref job);
                counts.ShouldAllBe(c => c == round);
            }
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void AnExceptionSurfacesOnTheCallerAndThePoolGoesOn(int threads)
    {
        using var pool = new ComputePool(threads);
        var failing = new Failing();
        for (var round = 0; round < 20; round++)
            Should.Throw<InvalidOperationException>(() => pool.For(100, ref failing)).Message.ShouldBe("part 17");
        var counts = new int[100];
        var job = new Count(counts);
        pool.For(100, ref job);
        counts.ShouldAllBe(c => c == 1);
    }

    [Fact]
    public void ADispatchAllocatesNothing()
    {
        using var pool = new ComputePool(2);
        var job = new Count(new int[64]);
        pool.For(64, ref job);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 100; round++) pool.For(64, ref job);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void AParkedThreadWakesForTheNextDispatch()
    {
        using var pool = new ComputePool(2);
        var workers = new bool[2];
        var start = Stopwatch.StartNew();
        while (!workers[1] && start.Elapsed < TimeSpan.FromSeconds(20))
        {
            Thread.Sleep(5); // far longer than the threads spin
            var job = new Slow(workers);
            pool.For(4, ref job);
        }

        workers[1].ShouldBeTrue();
    }

    [Fact]
    public void ADisposedPoolRefusesWork()
    {
        var pool = new ComputePool(2);
        pool.Dispose();
        pool.Dispose();
        var job = new Count(new int[1]);
        Should.Throw<ObjectDisposedException>(() => pool.For(1, ref job));
    }

    [Fact]
    public void TheSharedPoolOutlivesDispose()
    {
        ComputePool.Shared.Dispose();
        var counts = new int[9];
        var job = new Count(counts);
        ComputePool.Shared.For(9, ref job);
        counts.ShouldAllBe(c => c == 1);
        ComputePool.Shared.Threads.ShouldBeInRange(1, Environment.ProcessorCount);
    }

    private readonly struct Count(int[] counts) : IParallelJob
    {
        public void Run(int part, int worker) => Interlocked.Increment(ref counts[part]);
    }

    private readonly struct Exclusive(int[] busy) : IParallelJob
    {
        public void Run(int part, int worker)
        {
            Interlocked.Increment(ref busy[worker]).ShouldBe(1);
            Thread.SpinWait(200);
            Interlocked.Decrement(ref busy[worker]);
        }
    }

    private readonly struct Nested(ComputePool pool, int[] counts) : IParallelJob
    {
        public void Run(int part, int worker)
        {
            var job = new NestedPart(counts, worker);
            pool.For(counts.Length, ref job);
        }
    }

    private readonly struct NestedPart(int[] counts, int outer) : IParallelJob
    {
        public void Run(int part, int worker)
        {
            worker.ShouldBe(outer);
            Interlocked.Increment(ref counts[part]);
        }
    }

    private readonly struct Failing : IParallelJob
    {
        public void Run(int part, int worker)
        {
            if (part == 17) throw new InvalidOperationException("part 17");
        }
    }

    private readonly struct Slow(bool[] workers) : IParallelJob
    {
        public void Run(int part, int worker)
        {
            workers[worker] = true;
            Thread.Sleep(1);
        }
    }
}
