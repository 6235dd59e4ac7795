namespace Tessera.Tensors;

/// <summary>
/// Scratch memory with stack discipline: blocks are taken one after the other and given back together, by a mark. After the first pass
/// of a size nothing is allocated any more. Blocks are aligned to 64 bytes; their values are undefined until written.
/// </summary>
public sealed unsafe class Arena : IDisposable
{
    private const long Alignment = 64;
    private const long FirstChunkBytes = 1 << 20;
    private readonly List<NativeBuffer> _chunks = [];
    private int _chunk;
    private long _offset;

    /// <summary>A position in the arena, to which <see cref="Release"/> can return.</summary>
    public readonly record struct Mark(int Chunk, long Offset);

    /// <summary>Bytes of native memory held, used or not.</summary>
    public long CapacityBytes => _chunks.Sum(c => c.ByteLength);

    /// <summary>The current position.</summary>
    public Mark Here => new(_chunk, _offset);

    /// <summary>Takes a block of <paramref name="count"/> floats.</summary>
    public float* Floats(long count) => (float*)Bytes(checked(count * sizeof(float)));

    /// <summary>Takes a block of bytes.</summary>
    public byte* Bytes(long byteLength)
    {
        byteLength = (byteLength + Alignment - 1) & -Alignment;
        while (_chunk < _chunks.Count && _offset + byteLength > _chunks[_chunk].ByteLength)
        {
            _chunk++;
            _offset = 0;
        }

        if (_chunk == _chunks.Count)
        {
            // Doubling keeps the number of chunks small without ever moving a block that is in use.
            var last = _chunks.Count == 0 ? FirstChunkBytes / 2 : _chunks[^1].ByteLength;
            _chunks.Add(new NativeBuffer(Math.Max(byteLength, last * 2), zeroed: false));
            _offset = 0;
        }

        var block = _chunks[_chunk].Pointer + _offset;
        _offset += byteLength;
        return block;
    }

    /// <summary>Gives back every block that was taken after <paramref name="mark"/>.</summary>
    public void Release(Mark mark) => (_chunk, _offset) = mark;

    /// <summary>Whether a block was taken after a mark, so that <see cref="Release"/> would give it back.</summary>
    public bool IsAfter(Mark mark, void* block)
    {
        for (var i = mark.Chunk; i <= _chunk && i < _chunks.Count; i++)
        {
            var offset = (byte*)block - _chunks[i].Pointer;
            if (offset >= 0 && offset < _chunks[i].ByteLength) return i > mark.Chunk || offset >= mark.Offset;
        }

        return false;
    }

    /// <summary>Gives back every block.</summary>
    public void Reset() => Release(default);

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        foreach (var chunk in _chunks) chunk.Dispose();
        _chunks.Clear();
        Reset();
    }
}
