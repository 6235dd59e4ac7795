using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers;

/// <summary>
/// Whole numbers in memory that does not move: an array of their own, or part of a mapped file. Who reads through the pointer keeps this
/// object alive until it is done.
/// </summary>
/// <param name="first">The first number.</param>
/// <param name="count">How many there are.</param>
/// <param name="owner">What the memory goes away with.</param>
internal sealed unsafe class FixedNumbers(int* first, int count, object owner)
{
    /// <summary>The first number.</summary>
    public int* First => first;

    /// <summary>How many there are.</summary>
    public int Count => count;

    /// <summary>What the memory goes away with.</summary>
    public object Owner => owner;

    /// <summary>The numbers; valid as long as this object.</summary>
    public Span<int> Span => new(first, count);

    /// <summary>Zeros.</summary>
    public static FixedNumbers Zeros(int count)
    {
        var array = GC.AllocateUninitializedArray<int>(Math.Max(1, count), pinned: true);
        Array.Clear(array);
        return new FixedNumbers((int*)Unsafe.AsPointer(ref array[0]), count, array);
    }

    /// <summary>A copy.</summary>
    public static FixedNumbers Of(ReadOnlySpan<int> numbers)
    {
        var copy = Zeros(numbers.Length);
        numbers.CopyTo(copy.Span);
        return copy;
    }
}
