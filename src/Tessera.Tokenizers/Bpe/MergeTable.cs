using System.Numerics;
using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers.Bpe;

/// <summary>
/// The ranks of pairs of tokens that may be joined (lower goes first), and what each rank makes. Pair and rank share 64 bits of an
/// open-addressing table; the first merges, which text asks for most, have a table of their own that stays in the second-level cache, and a
/// filter of bits answers most questions about pairs that are in neither.
/// </summary>
internal sealed class MergeTable
{
    /// <summary>The rank of a pair that is not joined.</summary>
    public const int None = -1;

    private const ulong Free = ulong.MaxValue;
    private const int MostBits = 63; // of both tokens and the rank
    private const int CommonRanks = 1 << 15; // 512 KiB of slots
    private const int FilterBits = 2; // log2 of bits per slot: 1 of 9 pairs that are not joined passes the filter

    private readonly ulong[] _common;
    private readonly ulong[] _rare;
    private readonly ulong[] _filter; // of the rare
    private readonly int[] _results; // by rank; −1 for none
    private readonly ulong _mix;
    private readonly int _commonShift, _rareShift, _idBits, _rankBits;

    private unsafe MergeTable(Merge* merges, int count, int[] results, int idBits, int rankBits)
    {
        (_results, _idBits, _rankBits) = (results, idBits, rankBits);
        // Multiplicative hashing; the factor comes from the merges, so that whoever writes them cannot aim at collisions.
        _mix = TokenHash.Of(new ReadOnlySpan<byte>(merges, checked(count * sizeof(Merge))), 0) | 1;
        var common = 0;
        for (var i = 0; i < count; i++) common += merges[i].Rank < CommonRanks ? 1 : 0;
        _common = NewTable(common, out _commonShift);
        _rare = NewTable(count - common, out _rareShift);
        _filter = new ulong[Math.Max(1, (_rare.Length << FilterBits) / 64)];
        for (var i = count - 1; i >= 0; i--)
        {
            var (left, right, rank, _) = merges[i];
            if (Find(left, right) != None) continue; // the last one counts
            var pair = PairOf(left, right);
            var hash = pair * _mix;
            var (table, shift) = rank < CommonRanks ? (_common, _commonShift) : (_rare, _rareShift);
            var at = (int)(hash >> shift);
            while (table[at] != Free) at = (at + 1) & (table.Length - 1);
            table[at] = pair << _rankBits | (uint)rank;
            if (rank < CommonRanks) continue;
            var bit = hash >> (_rareShift - FilterBits);
            _filter[bit >> 6] |= 1ul << (int)bit;
        }
    }

    /// <summary>The highest rank; −1 where there are no merges.</summary>
    public int HighestRank => _results.Length - 1;

    /// <summary>
    /// Builds the table; of equal pairs the last one counts. Null where ids and ranks are too large for its slots (ids or ranks of more
    /// than 21 bits, about), or where one rank makes several tokens.
    /// </summary>
    /// <param name="merges">The first.</param>
    /// <param name="count">How many there are.</param>
    public static unsafe MergeTable? TryCreate(Merge* merges, int count)
    {
        var (highestId, highestRank) = (0, -1);
        for (var merge = merges; merge < merges + count; merge++) (highestId, highestRank) = (Math.Max(highestId, Math.Max(merge->Left, merge->Right)), Math.Max(highestRank, merge->Rank));
        var idBits = BitOperations.Log2((uint)highestId) + 1;
        var rankBits = BitOperations.Log2((uint)Math.Max(1, highestRank)) + 1;
        // Ranks are hardly more than merges: a gap between them would be memory for nothing.
        if (2 * idBits + rankBits > MostBits || highestRank > 4L * count + CommonRanks) return null;
        var results = new int[highestRank + 1];
        for (var i = 0; i < results.Length; i++) results[i] = -1; // a loop runs at once; Fill is compiled first, which takes longer
        for (var merge = merges; merge < merges + count; merge++)
        {
            ref var result = ref results[merge->Rank];
            if (result >= 0 && result != merge->Result) return null;
            result = merge->Result;
        }

        return new MergeTable(merges, count, results, idBits, rankBits);
    }

    /// <summary>The rank of a pair, or <see cref="None"/> where it is not joined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(int left, int right)
    {
        // A token that no merge has at either side may be wider than its place in a pair.
        if ((uint)(left | right) >> _idBits != 0) return None;
        var pair = PairOf(left, right);
        var hash = pair * _mix;
        var (common, at) = (_common, (int)(hash >> _commonShift));
        while (true)
        {
            var there = common[at];
            if (there >> _rankBits == pair) return (int)(there & (1ul << _rankBits) - 1);
            if (there == Free) break;
            at = (at + 1) & (common.Length - 1);
        }

        var bit = hash >> (_rareShift - FilterBits);
        return (_filter[bit >> 6] >> (int)bit & 1) == 0 ? None : FindRare(pair, (int)(hash >> _rareShift));
    }

    /// <summary>The rank and result of a pair; a rank of <see cref="int.MaxValue"/> where it is not joined.</summary>
    public int Rank(int left, int right, out int result)
    {
        var rank = Find(left, right);
        result = rank == None ? 0 : ResultOf(rank);
        return rank == None ? int.MaxValue : rank;
    }

    /// <summary>What the pairs of a rank become.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ResultOf(int rank) => _results[rank];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int FindRare(ulong pair, int at)
    {
        var rare = _rare;
        while (true)
        {
            var there = rare[at];
            if (there >> _rankBits == pair) return (int)(there & (1ul << _rankBits) - 1);
            if (there == Free) return None;
            at = (at + 1) & (rare.Length - 1);
        }
    }

    private static ulong[] NewTable(int merges, out int shift)
    {
        var table = new ulong[BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, 2 * merges))];
        for (var i = 0; i < table.Length; i++) table[i] = Free;
        shift = 64 - BitOperations.Log2((uint)table.Length);
        return table;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong PairOf(int left, int right) => (ulong)(uint)left << _idBits | (uint)right;
}
