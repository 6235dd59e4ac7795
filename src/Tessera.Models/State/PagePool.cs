using Tessera.Tensors;

namespace Tessera.Models.State;

/// <summary>
/// Native memory in pages, for the states of all sequences that share it. A page given back is kept for the next request of its size.
/// Thread-safe. Knows nothing about what a page holds.
/// </summary>
public sealed class PagePool : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, Stack<Page>> _free = [];
    private long _rentedBytes;
    private long _heldBytes;
    private bool _disposed;

    /// <summary>Creates an empty pool.</summary>
    /// <param name="limitBytes">The most that all pages together may take, in use or kept; no limit by default.</param>
    public PagePool(long limitBytes = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limitBytes);
        LimitBytes = limitBytes;
    }

    /// <summary>The pool of states that are given none.</summary>
    public static PagePool Shared { get; } = new();

    /// <summary>The most that all pages together may take.</summary>
    public long LimitBytes { get; }

    /// <summary>Bytes of pages in use.</summary>
    public long RentedBytes => Interlocked.Read(ref _rentedBytes);

    /// <summary>Bytes of all pages, in use or kept for later.</summary>
    public long HeldBytes => Interlocked.Read(ref _heldBytes);

    /// <summary>Frees the pages that nobody uses.</summary>
    public void Trim()
    {
        lock (_lock) FreeKept(int.MaxValue);
    }

    /// <summary>Frees the kept pages, and those in use as they come back.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            FreeKept(int.MaxValue);
        }
    }

    // A page of undefined contents and one reference.
    internal Page Rent(int bytes)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Page page;
            if (_free.TryGetValue(bytes, out var kept) && kept.Count > 0)
            {
                page = kept.Pop();
            }
            else
            {
                if (_heldBytes > LimitBytes - bytes) FreeKept(_heldBytes + bytes - LimitBytes); // pages of other sizes
                if (_heldBytes > LimitBytes - bytes)
                    throw new ResourceLimitException("bytes of cached state", _heldBytes + bytes, LimitBytes, "End sequences, or use a smaller format or a policy that drops rows.");
                page = new Page(bytes);
                _heldBytes += bytes;
            }

            page.References = 1;
            _rentedBytes += bytes;
            return page;
        }
    }

    // Drops one reference; the last one gives the page back.
    internal void Release(Page page)
    {
        if (Interlocked.Decrement(ref page.References) > 0) return;
        lock (_lock)
        {
            _rentedBytes -= page.ByteLength;
            if (!_free.TryGetValue(page.ByteLength, out var kept)) _free.Add(page.ByteLength, kept = new Stack<Page>());
            kept.Push(page);
            if (_disposed) FreeKept(int.MaxValue);
        }
    }

    private void FreeKept(long atLeast)
    {
        foreach (var kept in _free.Values)
        {
            while (atLeast > 0 && kept.TryPop(out var page))
            {
                _heldBytes -= page.ByteLength;
                atLeast -= page.ByteLength;
                page.Dispose();
            }
        }
    }
}
