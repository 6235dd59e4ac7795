using System.Numerics;
using System.Runtime.Intrinsics;

namespace Tessera.Generation;

/// <summary>
/// Partial order by logit. A candidate becomes a 64-bit key (logit in descending order, then index), so that ties are decided and plain
/// integer comparison orders everything. The n best are found without sorting the row: the n-th largest of the maxima of disjoint groups
/// cannot exceed the n-th largest of all, so one pass collects what reaches that bound, which is few more than n.
/// </summary>
public sealed partial class Candidates
{
    // A group is one lane of 32 consecutive vectors: 49,152 entries give 1,536 maxima without a horizontal step.
    private const int VectorsPerGroup = 32;

    private ulong[] _keys = [];
    private int[] _best = [];

    /// <summary>
    /// The indices (into <see cref="Ids"/> and <see cref="Logits"/>) of the candidates with the largest logits, best first, ties by
    /// ascending id. Valid until the set changes or the method is called again.
    /// </summary>
    /// <param name="count">How many are asked for; all of them where there are fewer.</param>
    public ReadOnlySpan<int> Best(int count)
    {
        count = Math.Min(count, Count);
        if (_keys.Length == 0)
        {
            _keys = new ulong[VocabularySize];
            _best = new int[VocabularySize];
        }

        var groups = Count / (VectorsPerGroup * Vector256<float>.Count) * Vector256<float>.Count;
        var collected = Collect(count < groups / 2 ? BoundFromGroups(count, groups) : float.MinValue);
        var keys = _keys.AsSpan(0, collected);
        if (count < collected)
            Partition(keys, count);
        keys[..count].Sort();
        for (var i = 0; i < count; i++)
            _best[i] = (int)(uint)keys[i];
        return _best.AsSpan(0, count);
    }

    private static ulong Key(float logit, int index)
    {
        var bits = BitConverter.SingleToUInt32Bits(logit + 0f); // −0 becomes +0: the two are equal
        var descending = (bits & 0x8000_0000) != 0 ? bits : ~bits & 0x7FFF_FFFF;
        return (ulong)descending << 32 | (uint)index;
    }

    /// <summary>A logit that at least <paramref name="count"/> candidates reach.</summary>
    private float BoundFromGroups(int count, int groups)
    {
        var keys = _keys.AsSpan(0, groups);
        var width = Vector256<float>.Count;
        for (var group = 0; group < groups; group += width)
        {
            var start = group * VectorsPerGroup;
            var max = Vector256.Create(_logits, start);
            for (var v = 1; v < VectorsPerGroup; v++)
                max = Vector256.MaxNative(max, Vector256.Create(_logits, start + v * width));
            for (var lane = 0; lane < width; lane++)
                keys[group + lane] = Key(max[lane], group + lane);
        }

        Partition(keys, count);
        var last = 0UL;
        foreach (var key in keys[..count])
            last = Math.Max(last, key);
        var bits = (uint)(last >> 32);
        return BitConverter.UInt32BitsToSingle((bits & 0x8000_0000) != 0 ? bits : ~bits & 0x7FFF_FFFF);
    }

    /// <summary>Writes the keys of all candidates that reach a bound, in ascending order of index.</summary>
    private int Collect(float bound)
    {
        var collected = 0;
        var i = 0;
        var limit = Vector256.Create(bound);
        for (; i <= Count - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var mask = Vector256.GreaterThanOrEqual(Vector256.Create(_logits, i), limit).ExtractMostSignificantBits();
            for (; mask != 0; mask &= mask - 1)
            {
                var at = i + BitOperations.TrailingZeroCount(mask);
                _keys[collected++] = Key(_logits[at], at);
            }
        }

        for (; i < Count; i++)
        {
            if (_logits[i] >= bound)
                _keys[collected++] = Key(_logits[i], i);
        }

        return collected;
    }

    /// <summary>Moves the <paramref name="count"/> smallest keys to the front, in any order (quickselect, median of three).</summary>
    private static void Partition(Span<ulong> keys, int count)
    {
        var (low, high) = (0, keys.Length - 1);
        for (var rounds = 2 * BitOperations.Log2((uint)keys.Length); low < high; rounds--)
        {
            if (rounds <= 0) // an unlucky row: stay within n log n
            {
                keys[low..(high + 1)].Sort();
                return;
            }

            var (a, b, c) = (keys[low], keys[low + (high - low) / 2], keys[high]);
            var pivot = Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
            var (i, j) = (low, high);
            while (i <= j)
            {
                while (keys[i] < pivot)
                    i++;
                while (keys[j] > pivot)
                    j--;
                if (i <= j)
                {
                    (keys[i], keys[j]) = (keys[j], keys[i]);
                    i++;
                    j--;
                }
            }

            if (count - 1 <= j)
                high = j;
            else if (count - 1 >= i)
                low = i;
            else
                return;
        }
    }
}
