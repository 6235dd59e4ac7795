using System.Numerics;
using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers.Bpe;

/// <summary>
/// Pairs of tokens that may be joined: their rank (lower goes first) and what they become. An open-addressing table behind a filter of
/// bits that stays in the cache and answers most questions about pairs that are not joined.
/// </summary>
internal sealed class MergeTable
{
    /// <summary>The slot of a pair that is not joined.</summary>
    public const int None = -1;

    private const ulong Free = ulong.MaxValue;
    private const int BitsPerMerge = 8; // 1 of 9 pairs that are not joined passes the filter

    private readonly ulong[] _filter;
    private readonly Slot[] _slots;
    private readonly int _shift;
    private readonly int _filterShift;

    /// <summary>Builds the table; of equal pairs the last one counts.</summary>
    /// <param name="merges">The first.</param>
    /// <param name="count">How many there are.</param>
    public unsafe MergeTable(Merge* merges, int count)
    {
        var size = BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, 2 * count));
        _shift = 64 - BitOperations.Log2(size);
        var bits = BitOperations.RoundUpToPowerOf2((ulong)Math.Max(64, (long)BitsPerMerge * count));
        _filterShift = 64 - BitOperations.Log2(bits);
        _filter = new ulong[bits / 64];
        _slots = new Slot[size];
        for (var i = 0; i < _slots.Length; i++) _slots[i].Pair = Free;
        for (var merge = merges; merge < merges + count; merge++)
        {
            var (left, right, rank, result) = *merge;
            var pair = PairOf(left, right);
            var hash = HashOf(pair);
            var slot = (int)(hash >> _shift);
            while (_slots[slot].Pair != Free && _slots[slot].Pair != pair) slot = (slot + 1) & (_slots.Length - 1);
            _slots[slot] = new Slot { Pair = pair, Rank = rank, Result = result };
            var bit = hash * FilterMix >> _filterShift;
            _filter[bit >> 6] |= 1ul << (int)bit;
            HighestRank = Math.Max(HighestRank, rank);
        }
    }

    /// <summary>The highest rank; −1 where there are no merges.</summary>
    public int HighestRank { get; } = -1;

    /// <summary>The slot of a pair, or <see cref="None"/> where it is not joined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(int left, int right)
    {
        var pair = PairOf(left, right);
        var hash = HashOf(pair);
        var bit = hash * FilterMix >> _filterShift;
        return (_filter[bit >> 6] >> (int)bit & 1) == 0 ? None : Locate(pair, (int)(hash >> _shift));
    }

    /// <summary>The rank of a pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int RankAt(int slot) => _slots[slot].Rank;

    /// <summary>What a pair becomes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ResultAt(int slot) => _slots[slot].Result;

    /// <summary>The rank and result of a pair; a rank of <see cref="int.MaxValue"/> where it is not joined.</summary>
    public int Rank(int left, int right, out int result)
    {
        var slot = Find(left, right);
        result = slot == None ? 0 : _slots[slot].Result;
        return slot == None ? int.MaxValue : _slots[slot].Rank;
    }

    private const ulong FilterMix = 0xD6E8FEB86659FD93ul;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong PairOf(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    // Fibonacci hashing of both halves mixed; the table is at most half full.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong HashOf(ulong pair) => (pair ^ pair >> 32) * 0x9E3779B97F4A7C15ul;

    private int Locate(ulong pair, int slot)
    {
        var slots = _slots;
        while (true)
        {
            var there = slots[slot].Pair;
            if (there == pair) return slot;
            if (there == Free) return None;
            slot = (slot + 1) & (slots.Length - 1);
        }
    }

    private struct Slot
    {
        public ulong Pair;
        public int Rank;
        public int Result;
    }
}
