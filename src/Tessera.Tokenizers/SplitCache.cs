using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Tokenizers;

/// <summary>
/// Short pieces and the tokens that a model made of them: up to 15 bytes and 4 tokens, most words of any text. Direct-mapped:
/// 16,384 slots of 40 bytes, 640 KiB for each thread that encodes at the same time; a collision replaces. Belongs to one thread at a time.
/// </summary>
internal sealed class SplitCache
{
    private const int SlotBits = 14;

    /// <summary>The most bytes of a piece that is kept.</summary>
    public const int MostBytes = 15;

    /// <summary>The most tokens of a piece that is kept.</summary>
    public const int MostTokens = 4;

    private readonly Slot[] _slots = new Slot[1 << SlotBits];

    /// <summary>Appends the tokens of a piece if they are known.</summary>
    /// <param name="piece">Up to <see cref="MostBytes"/> bytes, not empty.</param>
    /// <param name="output">Takes the tokens.</param>
    /// <param name="key">Names the piece to <see cref="Keep"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAppend(ReadOnlySpan<byte> piece, TokenBuffer output, out (ulong Low, ulong High) key)
    {
        key = KeyOf(piece);
        ref var slot = ref SlotOf(key);
        if (slot.Low != key.Low || slot.High != key.High) return false;
        var start = 0;
        for (var i = 0; i < slot.Count; i++)
        {
            var end = (int)(slot.Ends >> 8 * i & 0xFF);
            output.Add(slot.Tokens[i], start, end);
            start = end;
        }

        return true;
    }

    /// <summary>Keeps a piece's tokens, if they are few and lie end to end.</summary>
    /// <param name="key">The piece.</param>
    /// <param name="output">Holds the tokens.</param>
    /// <param name="first">The place of the first.</param>
    public void Keep((ulong Low, ulong High) key, TokenBuffer output, int first)
    {
        var count = output.Count - first;
        if (count is 0 or > MostTokens) return;
        Span<int> starts = output.Starts, ends = output.Ends;
        var kept = new Slot { Low = key.Low, High = key.High, Count = (byte)count };
        for (var i = 0; i < count; i++)
        {
            if (starts[first + i] != (i == 0 ? 0 : ends[first + i - 1])) return; // bytes of an unknown character
            kept.Tokens[i] = output.Ids[first + i];
            kept.Ends |= (uint)ends[first + i] << 8 * i;
        }

        SlotOf(key) = kept;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Slot SlotOf((ulong Low, ulong High) key)
    {
        var hash = (key.Low ^ System.Numerics.BitOperations.RotateLeft(key.High * 0xC2B2AE3D27D4EB4Ful, 31)) * 0x9E3779B97F4A7C15ul;
        return ref _slots[hash >> (64 - SlotBits)];
    }

    /// <summary>The bytes and, on top, their number, which is never 0: an empty slot is no piece's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (ulong Low, ulong High) KeyOf(ReadOnlySpan<byte> piece)
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

        return (bytes | (ulong)Unsafe.Add(ref bytes, length / 2) << 8 | (ulong)Unsafe.Add(ref bytes, length - 1) << 16, size);
    }

    private struct Slot
    {
        public ulong Low;
        public ulong High;
        public uint Ends; // a byte per token
        public byte Count;
        public Ids Tokens;
    }

    /// <summary>Up to four ids.</summary>
    [InlineArray(MostTokens)]
    private struct Ids
    {
        private int _first;
    }
}
