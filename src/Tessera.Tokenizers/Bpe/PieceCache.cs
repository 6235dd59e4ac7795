using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Bpe;

/// <summary>
/// Short pieces and the tokens that they became: up to 15 bytes and 4 tokens, most of any text. Direct-mapped, so bounded; a collision
/// replaces. Belongs to one thread at a time.
/// </summary>
internal sealed class PieceCache
{
    // 8,192 slots of 40 bytes fit the second-level cache of today's cores.
    private const int Slots = 8_192;

    /// <summary>The most bytes of a piece that is kept.</summary>
    public const int MostBytes = 15;

    /// <summary>The most tokens of a piece that is kept.</summary>
    public const int MostTokens = 4;

    private readonly Slot[] _slots = new Slot[Slots];

    /// <summary>The slot of a piece, and whether it holds that piece.</summary>
    public ref Slot Find(ReadOnlySpan<byte> piece, out bool found)
    {
        Span<ulong> key = stackalloc ulong[2];
        key.Clear();
        var bytes = MemoryMarshal.AsBytes(key);
        piece.CopyTo(bytes);
        bytes[15] = (byte)piece.Length; // never 0: an empty slot matches nothing
        var hash = (key[0] ^ System.Numerics.BitOperations.RotateLeft(key[1] * 0xC2B2AE3D27D4EB4Ful, 31)) * 0x9E3779B97F4A7C15ul;
        ref var slot = ref _slots[hash >> 51];
        found = slot.Low == key[0] && slot.High == key[1];
        if (!found) slot = new Slot { Low = key[0], High = key[1] };
        return ref slot;
    }

    /// <summary>A piece and its tokens; a count of 0 means that it is not to be kept.</summary>
    public struct Slot
    {
        /// <summary>Bytes 0 to 7.</summary>
        public ulong Low;

        /// <summary>Bytes 8 to 14, and the length.</summary>
        public ulong High;

        /// <summary>The number of tokens.</summary>
        public int Count;

        /// <summary>The tokens.</summary>
        public Ids Tokens;
    }

    /// <summary>Up to four ids.</summary>
    [System.Runtime.CompilerServices.InlineArray(MostTokens)]
    public struct Ids
    {
        private int _first;
    }
}
