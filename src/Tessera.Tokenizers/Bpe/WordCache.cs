using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Bpe;

/// <summary>
/// Pieces and the ids that they became. Open addressing by lines of 64 bytes with two places each: key and up to 4 ids of a piece of up to 15
/// bytes stand there themselves, longer pieces and more ids in two blocks beside. Grows with what it holds, up to 393,216 pieces in 16 MiB of
/// lines and 8 MiB of blocks; what does not fit any more starts it anew. Belongs to one thread at a time.
/// </summary>
internal sealed unsafe class WordCache
{
    /// <summary>The most bytes of a piece whose key is the piece itself.</summary>
    public const int MostShort = 15;

    /// <summary>The most bytes of a piece that is kept.</summary>
    public const int MostBytes = 192;

    /// <summary>The most ids beside the key; a count of 0 says that the ids stand in the block, at the second id, their number in the third.</summary>
    public const int MostInline = 4;

    /// <summary>Where in the first id the count stands.</summary>
    public const int CountShift = 28;

    private const int FewestLines = 1 << 10, MostLines = 1 << 18, LineWords = 8;
    private const int MostBlock = 1 << 22; // bytes, and as many bytes of ids
    private const ulong LongMark = 0xFFul << 56;

    private byte[] _pieces = new byte[1 << 12];
    private int[] _ids = new int[1 << 10];
    private int _pieceBytes;
    private int _idCount;
    private readonly int[] _inline = new int[MostInline];
    private ulong[] _memory = [];
    private int _held;

    public WordCache() => Allocate(FewestLines);

    /// <summary>The lines, each two keys of 16 bytes and the two values; aligned, and pinned by the array behind.</summary>
    public ulong* Lines { get; private set; }

    /// <summary>How far a hash goes right to be a line's number.</summary>
    public int Shift { get; private set; }

    /// <summary>The hash of a short piece's key: bytes 0 to 7, and bytes 8 to 14 with the length above.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ShortHash(ulong low, ulong high) => (low ^ BitOperations.RotateLeft(high * 0xC2B2AE3D27D4EB4Ful, 29)) * 0x9E3779B97F4A7C15ul;

    /// <summary>The value of a short piece's key, or null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int* FindShort(ulong low, ulong high, ulong hash)
    {
        for (var at = LineOf(hash); ; at = Behind(at))
        {
            var line = Lines + at;
            if (line[0] == low && line[1] == high) return (int*)(line + 4);
            if (line[2] == low && line[3] == high) return (int*)(line + 6);
            if (line[3] == 0) return null;
        }
    }

    /// <summary>The value of a piece of more than 15 bytes, or null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int* FindLong(ReadOnlySpan<byte> piece, ulong hash)
    {
        var mark = (uint)(LongMark >> 32) | (uint)piece.Length;
        for (var at = LineOf(hash); ; at = Behind(at))
        {
            var line = Lines + at;
            if (IsLong(line, piece, hash, mark)) return (int*)(line + 4);
            if (IsLong(line + 2, piece, hash, mark)) return (int*)(line + 6);
            if (line[3] == 0) return null;
        }
    }

    /// <summary>The hash of a piece of more than 15 bytes.</summary>
    public static ulong LongHash(ReadOnlySpan<byte> piece)
    {
        ref var first = ref MemoryMarshal.GetReference(piece);
        var hash = (ulong)piece.Length;
        for (var i = 0; i + 16 <= piece.Length; i += 16) hash = Mix(ref first, i, hash);
        return Mix(ref first, piece.Length - 16, hash);

        static ulong Mix(ref byte first, int at, ulong hash) => ShortHash(
            Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, at)) ^ hash,
            Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, at + 8)) ^ BitOperations.RotateLeft(hash, 32));
    }

    /// <summary>The ids of a value; valid until something is added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ReadOnlySpan<int> IdsOf(int* value)
    {
        var count = (uint)value[0] >> CountShift;
        if (count == 0) return _ids.AsSpan(value[1], value[2]);
        for (var i = 0; i < count; i++) _inline[i] = value[i];
        _inline[0] &= (1 << CountShift) - 1;
        return _inline.AsSpan(0, (int)count);
    }

    /// <summary>Keeps a piece that is not held yet.</summary>
    /// <param name="piece">The piece, at most <see cref="MostBytes"/>.</param>
    /// <param name="low">A short piece's key, first half; else its hash.</param>
    /// <param name="high">The second half; 0 for a long piece.</param>
    /// <param name="hash">The hash.</param>
    /// <param name="ids">Its ids, at least one.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(ReadOnlySpan<byte> piece, ulong low, ulong high, ulong hash, ReadOnlySpan<int> ids)
    {
        if (_pieceBytes + piece.Length > MostBlock || (_idCount + ids.Length) * sizeof(int) > MostBlock) Clear();
        var lines = 1 << (64 - Shift);
        if (_held > lines && lines < MostLines) Grow();
        else if (2 * _held > 3 * lines) Clear();
        if (piece.Length > MostShort)
        {
            if (_pieces.Length < _pieceBytes + piece.Length) Array.Resize(ref _pieces, Math.Min(MostBlock, 2 * _pieces.Length));
            piece.CopyTo(_pieces.AsSpan(_pieceBytes));
            high = LongMark | (ulong)piece.Length << 32 | (uint)_pieceBytes;
            _pieceBytes += piece.Length;
        }

        Span<int> value = stackalloc int[MostInline];
        value.Clear();
        if (ids.Length <= MostInline)
        {
            ids.CopyTo(value);
            value[0] |= ids.Length << CountShift;
        }
        else
        {
            if (_ids.Length < _idCount + ids.Length) Array.Resize(ref _ids, Math.Min(MostBlock / sizeof(int), 2 * _ids.Length));
            ids.CopyTo(_ids.AsSpan(_idCount));
            (value[1], value[2]) = (_idCount, ids.Length);
            _idCount += ids.Length;
        }

        Insert(low, high, hash, Unsafe.As<int, ulong>(ref value[0]), Unsafe.As<int, ulong>(ref value[2]));
    }

    private bool IsLong(ulong* key, ReadOnlySpan<byte> piece, ulong hash, uint mark) =>
        key[0] == hash && key[1] >> 32 == mark && _pieces.AsSpan((int)(uint)key[1], piece.Length).SequenceEqual(piece);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong LineOf(ulong hash) => (hash >> Shift) * LineWords;

    private ulong Behind(ulong line) => (line + LineWords) & ((ulong)LineWords << (64 - Shift)) - 1;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Insert(ulong low, ulong high, ulong hash, ulong first, ulong second)
    {
        var at = LineOf(hash);
        while (Lines[at + 3] != 0) at = Behind(at);
        var line = Lines + at;
        if (line[1] != 0) (line[2], line[3], line[6], line[7]) = (low, high, first, second);
        else (line[0], line[1], line[4], line[5]) = (low, high, first, second);
        _held++;
    }

    private void Clear()
    {
        _memory.AsSpan().Clear();
        (_held, _pieceBytes, _idCount) = (0, 0, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Grow()
    {
        var old = Lines;
        var lines = 1 << (64 - Shift);
        var keep = _memory;
        Allocate(2 * lines);
        _held = 0;
        for (var line = old; line < old + lines * LineWords; line += LineWords)
        {
            if (line[1] != 0) Insert(line[0], line[1], HashOf(line[0], line[1]), line[4], line[5]);
            if (line[3] != 0) Insert(line[2], line[3], HashOf(line[2], line[3]), line[6], line[7]);
        }

        GC.KeepAlive(keep);
    }

    private static ulong HashOf(ulong low, ulong high) => high >= LongMark ? low : ShortHash(low, high);

    private void Allocate(int lines)
    {
        _memory = GC.AllocateArray<ulong>((lines + 1) * LineWords, pinned: true);
        var start = (ulong*)Unsafe.AsPointer(ref _memory[0]);
        Lines = (ulong*)(((nuint)start + 63) & ~(nuint)63);
        Shift = 64 - BitOperations.Log2((uint)lines);
    }
}
