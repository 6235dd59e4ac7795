using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers.Bpe;

/// <summary>
/// The merges of a model. Those of a compact file come sorted, and are looked up there by halving until so many pairs have been asked for
/// that a table is worth its making: a process that tokenizes one short text never makes it. Shared by threads.
/// </summary>
internal sealed class MergeLookup
{
    // A table of 280,000 merges takes as long to make as some 50,000 searches take.
    private const int ManyQuestions = 16_384;

    private readonly Merge[] _merges;
    private MergeTable? _table;
    private int _questions;

    /// <summary>Takes the merges.</summary>
    /// <param name="merges">The merges; where they are sorted no pair comes twice, else the last one counts.</param>
    /// <param name="sorted">Whether they stand in the order of left and right token.</param>
    public MergeLookup(Merge[] merges, bool sorted)
    {
        _merges = merges;
        if (!sorted) _table = new MergeTable(merges);
    }

    /// <summary>The merges as they came.</summary>
    public Merge[] Merges => _merges;

    /// <summary>Whether there is a table.</summary>
    public bool HasTable => _table is not null;

    /// <summary>The merges as a table.</summary>
    public MergeTable Table => _table ??= new MergeTable(_merges);

    /// <summary>The rank and result of a pair; a rank of <see cref="int.MaxValue"/> where it is not joined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Rank(int left, int right, out int result) => _table is { } table ? table.Rank(left, right, out result) : Search(left, right, out result);

    /// <summary>The merges in the order of left and right token, each pair once.</summary>
    public Merge[] Sorted()
    {
        var (keys, order) = (new ulong[_merges.Length], new int[_merges.Length]);
        for (var i = 0; i < keys.Length; i++) (keys[i], order[i]) = (KeyOf(_merges[i].Left, _merges[i].Right), i);
        Array.Sort(keys, order);
        var (sorted, count) = (new Merge[keys.Length], 0);
        for (var i = 0; i < keys.Length;)
        {
            var last = order[i];
            var next = i + 1;
            for (; next < keys.Length && keys[next] == keys[i]; next++) last = Math.Max(last, order[next]);
            sorted[count++] = _merges[last];
            i = next;
        }

        return sorted[..count];
    }

    /// <summary>Pairs as numbers in their order.</summary>
    public static ulong KeyOf(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    private int Search(int left, int right, out int result)
    {
        if (++_questions > ManyQuestions) return Table.Rank(left, right, out result);
        var (low, high, key) = (0, _merges.Length - 1, KeyOf(left, right));
        while (low <= high)
        {
            var middle = (int)((uint)(low + high) / 2);
            ref var merge = ref _merges[middle];
            var there = KeyOf(merge.Left, merge.Right);
            if (there == key)
            {
                result = merge.Result;
                return merge.Rank;
            }

            if (there < key) low = middle + 1;
            else high = middle - 1;
        }

        result = 0;
        return int.MaxValue;
    }
}
