using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tessera.Tokenizers.Bpe;

/// <summary>
/// The ranks of pairs of tokens that may be joined (lower goes first), and what each rank makes. Pair and rank share a word of 64 bits. The
/// first merges, which text asks for most, have a table of their own that stays in the second-level cache, in lines of eight words that are
/// compared at once; the others, and what finds no room in its line, an open-addressing table behind a filter of bits that answers most
/// questions about pairs that are in neither.
/// </summary>
internal sealed unsafe class MergeTable
{
    /// <summary>The rank of a pair that is not joined.</summary>
    public const int None = -1;

    private const ulong Free = ulong.MaxValue;
    private const int MostBits = 63; // of both tokens and the rank
    private const int CommonRanks = 24_576, CommonPerLine = 6, LineWords = 8; // 256 KiB; of 6 for 8 places one in 22 finds none
    private const int FilterBits = 2; // log2 of bits per slot: 1 of 9 pairs that are not joined passes the filter

    private readonly ulong[] _memory; // behind the lines
    private readonly ulong* _lines;
    private readonly ulong[] _rare;
    private readonly ulong[] _filter; // of the rare
    private readonly int[]? _results; // by rank, −1 for none; null where they follow each other as ranks do
    private readonly int _firstResult;
    private readonly ulong _mix, _rankMask;
    private readonly int _lineShift, _rareShift, _idBits, _rankBits;

    private MergeTable(Merge* merges, int count, int[] results, int idBits, int rankBits)
    {
        (_idBits, _rankBits, _rankMask, HighestRank) = (idBits, rankBits, (1ul << rankBits) - 1, results.Length - 1);
        _firstResult = results.Length == 0 ? 0 : results[0];
        for (var rank = 0; rank < results.Length && _results is null; rank++)
        {
            if (results[rank] != _firstResult + rank) _results = results;
        }

        // Multiplicative hashing; the factor comes from the merges, so that whoever writes them cannot aim at collisions.
        _mix = TokenHash.Of(new ReadOnlySpan<byte>(merges, checked(count * sizeof(Merge))), 0) | 1;
        var common = 0;
        for (var i = 0; i < count; i++) common += merges[i].Rank < CommonRanks ? 1 : 0;
        var lines = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, common / CommonPerLine));
        _lineShift = 64 - BitOperations.Log2((uint)lines);
        _memory = GC.AllocateUninitializedArray<ulong>((lines + 1) * LineWords, pinned: true);
        for (var i = 0; i < _memory.Length; i++) _memory[i] = Free; // a loop runs at once; Fill is compiled first, which takes longer
        _lines = (ulong*)(((nuint)Unsafe.AsPointer(ref _memory[0]) + 63) & ~(nuint)63);
        _rare = new ulong[BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, 2 * (count - common) + common / 8))];
        for (var i = 0; i < _rare.Length; i++) _rare[i] = Free;
        _rareShift = 64 - BitOperations.Log2((uint)_rare.Length);
        _filter = new ulong[Math.Max(1, (_rare.Length << FilterBits) / 64)];
        for (var i = count - 1; i >= 0; i--)
        {
            var (left, right, rank, _) = merges[i];
            var pair = PairOf(left, right);
            var hash = pair * _mix;
            if (Holds(pair, hash)) continue; // the last one counts
            if (rank >= CommonRanks || !TryAddCommon(hash, pair << _rankBits | (uint)rank)) AddRare(hash, pair << _rankBits | (uint)rank);
        }
    }

    /// <summary>The highest rank; −1 where there are no merges.</summary>
    public int HighestRank { get; }

    /// <summary>
    /// Builds the table; of equal pairs the last one counts. Null where ids and ranks are too large for its slots (ids or ranks of more
    /// than 21 bits, about), or where one rank makes several tokens.
    /// </summary>
    /// <param name="merges">The first.</param>
    /// <param name="count">How many there are.</param>
    public static MergeTable? TryCreate(Merge* merges, int count)
    {
        var (highestId, highestRank) = (0, -1);
        for (var merge = merges; merge < merges + count; merge++) (highestId, highestRank) = (Math.Max(highestId, Math.Max(merge->Left, merge->Right)), Math.Max(highestRank, merge->Rank));
        var idBits = BitOperations.Log2((uint)highestId) + 1;
        var rankBits = BitOperations.Log2((uint)Math.Max(1, highestRank)) + 1;
        // Ranks are hardly more than merges: a gap between them would be memory for nothing.
        if (2 * idBits + rankBits > MostBits || highestRank > 4L * count + CommonRanks) return null;
        var results = new int[highestRank + 1];
        for (var i = 0; i < results.Length; i++) results[i] = -1;
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
        var line = _lines + (hash >> _lineShift) * LineWords;
        var equal = Vector512.Equals(Vector512.Load(line) & Vector512.Create(~_rankMask), Vector512.Create(pair << _rankBits)).ExtractMostSignificantBits();
        // Without a branch on whether it is there, which is chance.
        var missing = 0 - Convert.ToInt32(equal == 0);
        var bit = hash >> (_rareShift - FilterBits);
        if ((missing & (int)(_filter[bit >> 6] >> (int)bit) & 1) != 0) return FindRare(pair, (int)(hash >> _rareShift));
        return (int)(line[BitOperations.TrailingZeroCount(equal) & (LineWords - 1)] & _rankMask) | missing;
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
    public int ResultOf(int rank) => _results is null ? _firstResult + rank : _results[rank];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int FindRare(ulong pair, int at)
    {
        var rare = _rare;
        while (true)
        {
            var there = rare[at];
            if (there >> _rankBits == pair) return (int)(there & _rankMask);
            if (there == Free) return None;
            at = (at + 1) & (rare.Length - 1);
        }
    }

    /// <summary>Whether a pair is in the table already; without vectors, whose code would have to be compiled before a tokenizer.json is read.</summary>
    private bool Holds(ulong pair, ulong hash)
    {
        var line = _lines + (hash >> _lineShift) * LineWords;
        for (var i = 0; i < LineWords; i++)
        {
            if (line[i] >> _rankBits == pair) return true;
        }

        var bit = hash >> (_rareShift - FilterBits);
        return (_filter[bit >> 6] >> (int)bit & 1) != 0 && FindRare(pair, (int)(hash >> _rareShift)) != None;
    }

    private bool TryAddCommon(ulong hash, ulong word)
    {
        var line = _lines + (hash >> _lineShift) * LineWords;
        for (var i = 0; i < LineWords; i++)
        {
            if (line[i] != Free) continue;
            line[i] = word;
            return true;
        }

        return false;
    }

    private void AddRare(ulong hash, ulong word)
    {
        var at = (int)(hash >> _rareShift);
        while (_rare[at] != Free) at = (at + 1) & (_rare.Length - 1);
        _rare[at] = word;
        var bit = hash >> (_rareShift - FilterBits);
        _filter[bit >> 6] |= 1ul << (int)bit;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong PairOf(int left, int right) => (ulong)(uint)left << _idBits | (uint)right;
}
