using System.Threading.Tasks.Sources;

namespace Tessera.Generation;

/// <summary>
/// Runs a function on a thread of the pool, again and again, one run at a time, and is awaited without allocating: what Task.Run would cost for
/// every token of a stream. What <see cref="Start"/> returns is awaited once, before the next start.
/// </summary>
/// <param name="run">Gives the logits for tokens; what it throws, the awaiter gets.</param>
internal sealed class PooledRun(Func<ReadOnlyMemory<int>, CancellationToken, ReadOnlyMemory<float>> run) : IValueTaskSource<ReadOnlyMemory<float>>, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<ReadOnlyMemory<float>> _core;
    private ReadOnlyMemory<int> _tokens;
    private CancellationToken _cancellation;
    private int _running;

    /// <summary>Queues a run.</summary>
    /// <exception cref="InvalidOperationException">The last one has not been awaited.</exception>
    public ValueTask<ReadOnlyMemory<float>> Start(ReadOnlyMemory<int> tokens, CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _running, 1) != 0)
            throw new InvalidOperationException("A sequence runs one pass at a time; await the last one first.");
        _core.Reset();
        (_tokens, _cancellation) = (tokens, cancellation);
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return new ValueTask<ReadOnlyMemory<float>>(this, _core.Version);
    }

    void IThreadPoolWorkItem.Execute()
    {
        ReadOnlyMemory<float> logits;
        try
        {
            _cancellation.ThrowIfCancellationRequested();
            logits = run(_tokens, _cancellation);
        }
        catch (Exception e) // whatever it is, it is the awaiter's
        {
            _core.SetException(e);
            return;
        }

        _core.SetResult(logits);
    }

    ReadOnlyMemory<float> IValueTaskSource<ReadOnlyMemory<float>>.GetResult(short token)
    {
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending)
            throw new InvalidOperationException("The pass is still running: await it, or block on AsTask().");
        _running = 0;
        return _core.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<ReadOnlyMemory<float>>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<ReadOnlyMemory<float>>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
