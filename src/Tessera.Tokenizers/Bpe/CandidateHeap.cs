using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers.Bpe;

/// <summary>A binary heap of merge candidates: rank in the high half, position in the low, so that the least is the next to join. Reused; grows, never shrinks.</summary>
internal sealed class CandidateHeap
{
    private ulong[] _heap = new ulong[64];

    /// <summary>The number of candidates.</summary>
    public int Count { get; private set; }

    /// <summary>Removes all candidates.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds a candidate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // into loops that are compiled as they run
    public void Push(ulong candidate)
    {
        if (Count == _heap.Length) Array.Resize(ref _heap, 2 * Count);
        var heap = _heap;
        var at = Count++;
        while (at > 0 && heap[(at - 1) / 2] > candidate)
        {
            heap[at] = heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }

        heap[at] = candidate;
    }

    /// <summary>Takes the candidate of lowest rank, leftmost first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Pop()
    {
        var heap = _heap;
        var top = heap[0];
        var last = heap[--Count];
        var at = 0;
        while (true)
        {
            var child = 2 * at + 1;
            if (child >= Count) break;
            if (child + 1 < Count && heap[child + 1] < heap[child]) child++;
            if (heap[child] >= last) break;
            heap[at] = heap[child];
            at = child;
        }

        heap[at] = last;
        return top;
    }
}
