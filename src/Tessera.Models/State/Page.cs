using Tessera.Tensors;

namespace Tessera.Models.State;

/// <summary>A counted block of native memory. Whoever holds the only reference may write to it.</summary>
internal sealed unsafe class Page : IDisposable
{
    private readonly NativeBuffer _buffer;
    internal int References;

    internal Page(int bytes)
    {
        _buffer = new NativeBuffer(bytes); // zeroed: kernels may read slots that were never written, and must not meet signalling rubbish
        ByteLength = bytes;
        Data = _buffer.Pointer;
    }

    internal int ByteLength { get; }

    internal byte* Data { get; }

    internal bool IsShared => Volatile.Read(ref References) > 1;

    internal void Share() => Interlocked.Increment(ref References);

    public void Dispose() => _buffer.Dispose();
}
