using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers.Bpe;

/// <summary>
/// The merges of a model. Those of a compact file come sorted, and are looked up there by halving until so many pairs have been asked for
/// that a table is worth its making: a process that tokenizes one short text never makes it. Merges that fit no table stay with halving. Shared by threads.
/// </summary>
internal sealed unsafe class MergeLookup
{
    // A table of 280,000 merges takes as long to make as some 50,000 searches take.
    private const int ManyQuestions = 16_384;

    private readonly Merge[]? _merges;
    private readonly ISortedMerges? _sorted;
    private MergeTable? _table;
    private bool _fitsTable = true;
    private int _questions;

    /// <summary>Takes merges in any order; of equal pairs the last one counts.</summary>
    public MergeLookup(Merge[] merges)
    {
        _merges = merges;
        fixed (Merge* first = merges) _table = MergeTable.TryCreate(first, merges.Length);
        if (_table is not null) return;
        _fitsTable = false;
        _sorted = new SortedMerges(Sorted());
    }

    /// <summary>Takes merges in the order of left and right token, where they lie. Those asked for are checked one by one, all before a table is made.</summary>
    public MergeLookup(ISortedMerges sorted) => _sorted = sorted;

    /// <summary>The number of merges.</summary>
    public int Count => _merges?.Length ?? _sorted!.Count;

    /// <summary>The merges as they came; a copy where they lie in a file.</summary>
    public Merge[] Merges
    {
        get
        {
            if (_merges is not null) return _merges;
            _sorted!.CheckAll();
            var copy = new Merge[Count];
            for (var i = 0; i < copy.Length; i++) copy[i] = _sorted.First[i];
            GC.KeepAlive(this);
            return copy;
        }
    }

    /// <summary>The merges as a table; null where they fit none.</summary>
    public MergeTable? Table
    {
        get
        {
            if (_table is null && _fitsTable) _fitsTable = (_table = TableOfSorted()) is not null;
            return _table;
        }
    }

    /// <summary>The rank and result of a pair; a rank of <see cref="int.MaxValue"/> where it is not joined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Rank(int left, int right, out int result) => _table is { } table ? table.Rank(left, right, out result) : Search(left, right, out result);

    /// <summary>The merges in the order of left and right token, each pair once.</summary>
    public Merge[] Sorted()
    {
        var merges = Merges;
        var (keys, order) = (new ulong[merges.Length], new int[merges.Length]);
        for (var i = 0; i < keys.Length; i++) (keys[i], order[i]) = (KeyOf(merges[i].Left, merges[i].Right), i);
        Array.Sort(keys, order);
        var (sorted, count) = (new Merge[keys.Length], 0);
        for (var i = 0; i < keys.Length;)
        {
            var last = order[i];
            var next = i + 1;
            for (; next < keys.Length && keys[next] == keys[i]; next++) last = Math.Max(last, order[next]);
            sorted[count++] = merges[last];
            i = next;
        }

        return sorted[..count];
    }

    /// <summary>Pairs as numbers in their order.</summary>
    public static ulong KeyOf(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    private MergeTable? TableOfSorted()
    {
        _sorted!.CheckAll();
        var table = MergeTable.TryCreate(_sorted.First, Count);
        GC.KeepAlive(this);
        return table;
    }

    private int Search(int left, int right, out int result)
    {
        if (_questions <= ManyQuestions && ++_questions > ManyQuestions && Table is { } table) return table.Rank(left, right, out result);
        var first = _sorted!.First;
        var (low, high, key, rank) = (0, _sorted.Count - 1, KeyOf(left, right), int.MaxValue);
        result = 0;
        while (low <= high)
        {
            var middle = (int)((uint)(low + high) / 2);
            var merge = first + middle;
            var there = KeyOf(merge->Left, merge->Right);
            if (there == key)
            {
                _sorted.CheckOne(middle);
                (rank, result) = (merge->Rank, merge->Result);
                break;
            }

            if (there < key) low = middle + 1;
            else high = middle - 1;
        }

        GC.KeepAlive(this);
        return rank;
    }

    /// <summary>Sorted merges of our own making.</summary>
    private sealed class SortedMerges : ISortedMerges
    {
        private readonly Merge[] _merges;

        public SortedMerges(Merge[] merges)
        {
            _merges = GC.AllocateUninitializedArray<Merge>(merges.Length, pinned: true);
            merges.CopyTo(_merges, 0);
        }

        public int Count => _merges.Length;

        public Merge* First => (Merge*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(_merges, 0);

        public void CheckOne(int number)
        {
        }

        public void CheckAll()
        {
        }
    }
}
