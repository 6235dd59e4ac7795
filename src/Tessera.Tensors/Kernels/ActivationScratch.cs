namespace Tessera.Tensors.Kernels;

/// <summary>
/// Memory for quantised activations, owned by the caller of a product and reused from call to call: grows to the
/// largest call, then nothing is allocated. One product at a time may use it.
/// </summary>
public sealed unsafe class ActivationScratch : IDisposable
{
    private NativeBuffer? _narrow;
    private NativeBuffer? _wide;

    /// <summary>Bytes held now.</summary>
    public long ByteLength => (_narrow?.ByteLength ?? 0) + (_wide?.ByteLength ?? 0);

    /// <summary>Frees the memory; the next product allocates anew.</summary>
    public void Dispose()
    {
        _narrow?.Dispose();
        _wide?.Dispose();
        _narrow = _wide = null;
    }

    internal byte* Reserve(int rows, int columns, bool wide)
    {
        ref var buffer = ref wide ? ref _wide : ref _narrow;
        var bytes = rows * ActivationLayout.RowBytes(columns, wide);
        if (buffer is null || buffer.ByteLength < bytes)
        {
            buffer?.Dispose();
            buffer = null;
            buffer = new NativeBuffer(bytes, zeroed: false);
        }

        return buffer.Pointer;
    }
}
