using System.Runtime.InteropServices;

namespace Tessera.Tensors;

/// <summary>
/// A block of memory outside the garbage collector's heap, aligned to 64 bytes (a cache line, and the widest vector register).
/// Freed by <see cref="Dispose"/>, or by the finaliser as a net. Counts what is alive, so that tests can find leaks.
/// </summary>
public sealed unsafe class NativeBuffer : IDisposable
{
    private const nuint Alignment = 64;
    private static long _liveBytes;
    private static long _allocations;
    private void* _pointer;

    /// <summary>Allocates a block.</summary>
    /// <param name="byteLength">Its size in bytes; 0 gives an empty block.</param>
    /// <param name="zeroed">Whether the bytes start as zero; otherwise their values are undefined.</param>
    /// <exception cref="OutOfMemoryException">The system has no such block.</exception>
    public NativeBuffer(long byteLength, bool zeroed = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(byteLength);
        ByteLength = byteLength;
        _pointer = NativeMemory.AlignedAlloc((nuint)Math.Max(byteLength, 1), Alignment);
        if (zeroed) NativeMemory.Clear(_pointer, (nuint)byteLength);
        Interlocked.Add(ref _liveBytes, byteLength);
        Interlocked.Increment(ref _allocations);
    }

    /// <summary>Frees the block if nobody disposed it.</summary>
    ~NativeBuffer() => Free();

    /// <summary>Bytes of all blocks that are alive in this process.</summary>
    public static long LiveBytes => Interlocked.Read(ref _liveBytes);

    /// <summary>How many blocks were ever allocated in this process; constant while nothing allocates.</summary>
    public static long Allocations => Interlocked.Read(ref _allocations);

    /// <summary>The block's size in bytes.</summary>
    public long ByteLength { get; }

    /// <summary>The address of the first byte.</summary>
    /// <exception cref="ObjectDisposedException">The block was freed.</exception>
    public byte* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pointer is null, this);
            return (byte*)_pointer;
        }
    }

    /// <summary>Frees the block. Harmless when repeated; the caller must see that no kernel still uses it.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        var pointer = _pointer;
        if (pointer is null) return;
        _pointer = null;
        NativeMemory.AlignedFree(pointer);
        Interlocked.Add(ref _liveBytes, -ByteLength);
    }
}
