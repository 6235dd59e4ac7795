namespace Tessera.Tokenizers.Bpe;

/// <summary>Working memory of the merge loop: symbols as parallel arrays, a heap, the piece cache. Belongs to one thread at a time.</summary>
internal sealed class BpeScratch
{
    /// <summary>The token of each symbol; −1 once it was joined to the one before.</summary>
    public int[] Symbols { get; private set; } = new int[64];

    /// <summary>The length of each symbol in bytes.</summary>
    public int[] Lengths { get; private set; } = new int[64];

    /// <summary>The rank of each symbol's pair with the next, in the scan; the next symbol, in the heap.</summary>
    public int[] Ranks { get; private set; } = new int[64];

    /// <summary>What that pair becomes, in the scan; the symbol before, in the heap.</summary>
    public int[] Results { get; private set; } = new int[64];

    /// <summary>Candidates: rank in the high, symbol in the low half.</summary>
    public ulong[] Heap { get; private set; } = new ulong[64];

    /// <summary>The number of candidates.</summary>
    public int HeapCount { get; private set; }

    /// <summary>Candidates that dropout set aside.</summary>
    public List<ulong> SetAside { get; } = [];

    /// <summary>Pieces encoded before.</summary>
    public PieceCache Cache { get; } = new();

    /// <summary>The number of symbols.</summary>
    public int Count { get; set; }

    /// <summary>Appends a symbol.</summary>
    public void Add(int symbol, int length)
    {
        if (Count == Symbols.Length) Grow();
        Symbols[Count] = symbol;
        Lengths[Count] = length;
        Count++;
    }

    /// <summary>Removes all candidates.</summary>
    public void ClearHeap() => HeapCount = 0;

    /// <summary>Adds a candidate.</summary>
    public void Push(ulong candidate)
    {
        if (HeapCount == Heap.Length)
        {
            var larger = new ulong[2 * HeapCount];
            Heap.CopyTo(larger, 0);
            Heap = larger;
        }

        var heap = Heap;
        var at = HeapCount++;
        while (at > 0 && heap[(at - 1) / 2] > candidate)
        {
            heap[at] = heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }

        heap[at] = candidate;
    }

    /// <summary>Takes the candidate of lowest rank, leftmost first.</summary>
    public ulong Pop()
    {
        var heap = Heap;
        var top = heap[0];
        var last = heap[--HeapCount];
        var at = 0;
        while (true)
        {
            var child = 2 * at + 1;
            if (child >= HeapCount) break;
            if (child + 1 < HeapCount && heap[child + 1] < heap[child]) child++;
            if (heap[child] >= last) break;
            heap[at] = heap[child];
            at = child;
        }

        heap[at] = last;
        return top;
    }

    private void Grow()
    {
        Symbols = Larger(Symbols);
        Lengths = Larger(Lengths);
        Ranks = Larger(Ranks);
        Results = Larger(Results);
    }

    private static int[] Larger(int[] array)
    {
        Array.Resize(ref array, 2 * array.Length);
        return array;
    }
}
