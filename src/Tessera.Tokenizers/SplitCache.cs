using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Tessera.Tokenizers.Bpe;

namespace Tessera.Tokenizers;

/// <summary>
/// Short pieces and the tokens that a model made of them: up to 15 bytes and 8 tokens, most words of any text. Each has a choice of two
/// neighbouring lines of 64 bytes; a third replaces the older one. Grows with what it is given from 128 KiB to 8 MiB for each thread that
/// encodes at the same time. Belongs to one thread at a time.
/// </summary>
internal sealed class SplitCache
{
    private const int LeastBits = 10, MostBits = 16, Ways = 2;

    /// <summary>The most bytes of a piece that is kept.</summary>
    public const int MostBytes = 15;

    /// <summary>What is set in a key for a piece with a mark in front.</summary>
    public const ulong Marked = 1ul << 63;

    /// <summary>The most tokens of a piece that is kept.</summary>
    public const int MostTokens = 8;

    private byte[] _lines;
    private int _skipped; // bytes to the first whole line of the processor's cache
    private int _shift; // of a hash, for the place of its pair of lines
    private int _kept;

    /// <summary>An empty cache.</summary>
    public SplitCache() => _lines = Allocate(LeastBits);

    /// <summary>Appends the tokens of a piece if they are known.</summary>
    /// <param name="piece">Up to <see cref="MostBytes"/> bytes, not empty.</param>
    /// <param name="output">Takes the tokens.</param>
    /// <param name="key">Names the piece to <see cref="Keep"/>.</param>
    public bool TryAppend(ReadOnlySpan<byte> piece, TokenBuffer output, out (ulong Low, ulong High) key)
    {
        key = KeyOf(piece);
        ref var slot = ref Find(key, HashOf(key));
        if (Unsafe.IsNullRef(ref slot)) return false;
        output.Append(slot, 0, WordMark.None, 0);
        return true;
    }

    /// <summary>What is known of a piece.</summary>
    /// <param name="key">The piece: its bytes and, on top, their number.</param>
    /// <param name="hash">The key's <see cref="HashOf"/>.</param>
    /// <returns>Its tokens; a null reference where they are not known. Until the next is kept.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref Slot Find((ulong Low, ulong High) key, ulong hash)
    {
        ref var slot = ref PairOf(hash);
        // Without a branch: which of the two lines holds a word is chance.
        slot = ref Unsafe.Add(ref slot, Convert.ToInt32((slot.Low ^ key.Low | slot.High ^ key.High) != 0));
        if (slot.Low != key.Low || slot.High != key.High) return ref Unsafe.NullRef<Slot>();
        return ref slot;
    }

    /// <summary>Asks for the lines of a piece.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Prefetch(ulong hash)
    {
        if (!Sse.IsSupported) return;
        var place = (Slot*)Unsafe.AsPointer(ref PairOf(hash));
        Sse.Prefetch0(place);
        Sse.Prefetch0(place + 1);
    }

    /// <summary>Keeps a piece's tokens, if they are few and lie end to end.</summary>
    /// <param name="key">The piece.</param>
    /// <param name="output">Holds the tokens.</param>
    /// <param name="first">The place of the first.</param>
    /// <param name="marked">The length of what marks the piece, which its tokens cover first and the key does not hold.</param>
    /// <param name="shown">A token that is shown as the text that it stands for; −1 for none.</param>
    public void Keep((ulong Low, ulong High) key, TokenBuffer output, int first, int marked = 0, int shown = -1)
    {
        var count = output.Count - first;
        if (count is 0 or > MostTokens) return;
        Span<int> starts = output.Starts, ends = output.Ends;
        var kept = new Slot { Low = key.Low, High = key.High, Count = (short)count };
        for (var i = 0; i < count; i++)
        {
            var (id, start, end) = (output.Ids[first + i], starts[first + i], ends[first + i]);
            if (start != (i == 0 ? 0 : ends[first + i - 1])) return; // bytes of an unknown character
            if (end < marked || id == shown && start < marked) return;
            kept.Tokens[i] = id;
            kept.Ends |= (ulong)(end - marked) << 8 * i;
            kept.IsShown |= id == shown;
        }

        Insert(kept);
        if (++_kept > Ways << 63 - _shift && 64 - _shift < MostBits) Grow();
    }

    /// <summary>The bytes and, on top, their number, which is never 0: an empty slot is no piece's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (ulong Low, ulong High) KeyOf(ReadOnlySpan<byte> piece)
    {
        ref var bytes = ref MemoryMarshal.GetReference(piece);
        var length = piece.Length;
        var size = (ulong)length << 56;
        if (length >= 8)
        {
            // The last eight bytes overlap the first: what is there twice is shifted out.
            var last = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref bytes, length - 8));
            return (Unsafe.ReadUnaligned<ulong>(ref bytes), size | (length == 8 ? 0 : last >> 8 * (16 - length)));
        }

        if (length >= 4)
        {
            ulong last = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref bytes, length - 4));
            return (Unsafe.ReadUnaligned<uint>(ref bytes) | last >> 8 * (8 - length) << 32, size);
        }

        return (bytes | (ulong)Unsafe.Add(ref bytes, length / 2) << 8 * (length / 2) | (ulong)Unsafe.Add(ref bytes, length - 1) << 8 * (length - 1), size);
    }

    /// <summary>As <see cref="KeyOf(ReadOnlySpan{byte})"/>, without a branch, of a piece that 16 readable bytes begin with.</summary>
    /// <param name="bytes">The first byte.</param>
    /// <param name="length">How many are the piece's; at most <see cref="MostBytes"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (ulong Low, ulong High) KeyOf(ref byte bytes, int length)
    {
        var kept = Vector128.LoadUnsafe(ref bytes) & Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(Masks), (nuint)(16 - length));
        return (kept.AsUInt64()[0], kept.AsUInt64()[1] | (ulong)length << 56);
    }

    /// <summary>Ones, then zeros: read from where as many ones as wanted are left.</summary>
    private static ReadOnlySpan<byte> Masks =>
    [
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    private void Insert(in Slot kept)
    {
        ref var first = ref PairOf(HashOf((kept.Low, kept.High)));
        if (first.High != 0) Unsafe.Add(ref first, 1) = first;
        first = kept;
    }

    private void Grow()
    {
        var (old, skipped, bits) = (_lines, _skipped, 64 - _shift);
        _lines = Allocate(bits + 1);
        ref var slot = ref First(old, skipped);
        for (var i = (Ways << bits) - 1; i >= 0; i--)
        {
            // Of two the older one goes first.
            ref var kept = ref Unsafe.Add(ref slot, i);
            if (kept.High != 0) Insert(kept);
        }
    }

    /// <summary>Room for lines and a part of one; in bytes, since for an array of lines the runtime would have to compile its allocator.</summary>
    private unsafe byte[] Allocate(int bits)
    {
        _shift = 64 - bits;
        var lines = GC.AllocateUninitializedArray<byte>(((Ways << bits) + 1) * Unsafe.SizeOf<Slot>(), pinned: true);
        Array.Clear(lines);
        _skipped = (int)(-(nint)Unsafe.AsPointer(ref lines[0]) & (Unsafe.SizeOf<Slot>() - 1));
        return lines;
    }

    /// <summary>A key's hash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HashOf((ulong Low, ulong High) key) => WordCache.ShortHash(key.Low, key.High);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Slot PairOf(ulong hash) => ref Unsafe.Add(ref First(_lines, _skipped), (nint)(hash >> _shift) * Ways);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref Slot First(byte[] lines, int skipped) => ref Unsafe.As<byte, Slot>(ref Unsafe.AddByteOffset(ref MemoryMarshal.GetArrayDataReference(lines), skipped));

    /// <summary>A piece and its tokens: a line of the processor's cache.</summary>
    internal struct Slot
    {
        /// <summary>The piece's first bytes.</summary>
        public ulong Low;

        /// <summary>The others, and their number.</summary>
        public ulong High;

        /// <summary>Where each token ends in the piece, a byte each.</summary>
        public ulong Ends;

        /// <summary>The ids.</summary>
        public Ids Tokens;

        /// <summary>How many there are.</summary>
        public short Count;

        /// <summary>Whether one of them is shown as its text.</summary>
        public bool IsShown;
    }

    /// <summary>The ids of a piece.</summary>
    [InlineArray(MostTokens)]
    internal struct Ids
    {
        private int _first;
    }
}
