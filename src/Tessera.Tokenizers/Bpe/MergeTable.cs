using System.Numerics;
using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers.Bpe;

/// <summary>Pairs of tokens that may be joined: their rank (lower goes first) and what they become. One open-addressing table, 16 bytes a slot.</summary>
internal sealed class MergeTable
{
    private const ulong Free = ulong.MaxValue;

    private readonly Slot[] _slots;
    private readonly int _shift;

    /// <summary>Builds the table; of equal pairs the last one counts.</summary>
    public MergeTable(ReadOnlySpan<Merge> merges)
    {
        var size = BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, 2 * merges.Length));
        _shift = 64 - BitOperations.Log2(size);
        _slots = new Slot[size];
        for (var i = 0; i < _slots.Length; i++) _slots[i].Key = Free;
        foreach (var (left, right, rank, result) in merges)
        {
            ref var slot = ref Locate(KeyOf(left, right));
            slot = new Slot { Key = KeyOf(left, right), Rank = rank, Result = result };
        }
    }

    /// <summary>The rank and result of a pair; a rank of <see cref="int.MaxValue"/> where it is not joined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Rank(int left, int right, out int result)
    {
        ref var slot = ref Locate(KeyOf(left, right));
        result = slot.Result;
        return slot.Key == Free ? int.MaxValue : slot.Rank;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong KeyOf(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Slot Locate(ulong key)
    {
        // Fibonacci hashing of both halves mixed; the table is at most half full.
        var index = (key ^ key >> 32) * 0x9E3779B97F4A7C15ul >> _shift;
        while (true)
        {
            ref var slot = ref _slots[index];
            if (slot.Key == key || slot.Key == Free) return ref slot;
            index = (index + 1) & (ulong)(_slots.Length - 1);
        }
    }

    private struct Slot
    {
        public ulong Key;
        public int Rank;
        public int Result;
    }
}
