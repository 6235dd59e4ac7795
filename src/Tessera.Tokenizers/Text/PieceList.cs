using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers.Text;

/// <summary>Pieces of a <see cref="TextBuffer"/> as [start, end) in bytes. Reused; empty pieces vanish.</summary>
internal sealed class PieceList
{
    private int[] _bounds = new int[64];

    /// <summary>The number of pieces.</summary>
    public int Count { get; private set; }

    /// <summary>Start and end of each piece, one after the other.</summary>
    public ReadOnlySpan<int> Bounds => _bounds.AsSpan(0, 2 * Count);

    /// <summary>A piece.</summary>
    public (int Start, int End) this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_bounds[2 * index], _bounds[2 * index + 1]);
    }

    /// <summary>Removes all pieces.</summary>
    public void Clear() => Count = 0;

    /// <summary>Makes room for pieces that <see cref="AddIf"/> appends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Reserve(int more)
    {
        if (2 * (Count + more + 1) > _bounds.Length) Array.Resize(ref _bounds, 2 * Math.Max(Count + more + 1, _bounds.Length));
    }

    /// <summary>Appends a piece, where there is room for it and one more, on a condition that is hard to foresee: without a branch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddIf(bool condition, int start, int end)
    {
        _bounds[2 * Count] = start;
        _bounds[2 * Count + 1] = end;
        Count += Convert.ToInt32(condition);
    }

    /// <summary>Appends a piece unless it is empty.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int start, int end)
    {
        if (start >= end) return;
        if (2 * Count + 2 > _bounds.Length) Array.Resize(ref _bounds, 2 * _bounds.Length);
        _bounds[2 * Count] = start;
        _bounds[2 * Count + 1] = end;
        Count++;
    }
}
