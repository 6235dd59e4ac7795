using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Coding;

/// <summary>
/// Counts of byte n-grams, smoothed by Witten and Bell's rule ("The Zero-Frequency Problem", 1991, method C) from order to order:
/// p(x | c) = (count(c x) + t · p(x | c')) / (n + t), where t different bytes have followed c, n times in all, and c' is c without its first byte.
/// Below order 0 all bytes are alike, with t = 1. In fixed point with 40 bits.
/// </summary>
public sealed class NGramByteModel : IntegerByteModel
{
    /// <summary>Longest context, in bytes: a gram and its byte fit in 56 bits.</summary>
    public const int MaxOrder = 6;

    /// <summary>Longest text to count, in bytes.</summary>
    public const int MaxTextBytes = 1 << 28;

    private const int Fraction = 40;

    // By order: the grams in ascending order, a gram being its bytes as a number with the last byte lowest; and how often each occurs.
    private readonly ulong[][] _grams;
    private readonly int[][] _counts;
    private readonly ulong[] _unigrams = new ulong[256];

    internal NGramByteModel(ulong[][] grams, int[][] counts)
    {
        (_grams, _counts) = (grams, counts);
        _unigrams.AsSpan().Fill(1UL << (Fraction - 8));
        Smooth(0, 0, grams[0].Length, 1, _unigrams);
    }

    /// <summary>Bytes of context: 0 to <see cref="MaxOrder"/>.</summary>
    public int Order => _grams.Length - 1;

    /// <inheritdoc/>
    public override int ContextLength => Order;

    /// <summary>How many different grams of all orders it holds.</summary>
    public int GramCount => _grams.Sum(static g => g.Length);

    internal ReadOnlySpan<ulong> Grams(int order) => _grams[order];

    internal ReadOnlySpan<int> Counts(int order) => _counts[order];

    /// <summary>Counts a text.</summary>
    /// <param name="text">Any bytes, at most <see cref="MaxTextBytes"/>.</param>
    /// <param name="order">Bytes of context, 0 to <see cref="MaxOrder"/>. Default 3.</param>
    /// <param name="cancellation">Seen between orders.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is none of these.</exception>
    /// <exception cref="ResourceLimitException">The text is longer.</exception>
    public static NGramByteModel Train(ReadOnlySpan<byte> text, int order = 3, CancellationToken cancellation = default)
    {
        if (order is < 0 or > MaxOrder) throw new ArgumentOutOfRangeException(nameof(order), order, $"The order is a number from 0 to {MaxOrder}.");
        if (text.Length > MaxTextBytes) throw new ResourceLimitException("bytes of text", text.Length, MaxTextBytes, "Take a part of it.");
        var (grams, counts) = (new ulong[order + 1][], new int[order + 1][]);
        var keys = new ulong[text.Length];
        for (var j = 0; j <= order; j++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (gram, mask, filled) = (0UL, (1UL << (8 * (j + 1))) - 1, 0);
            for (var at = 0; at < text.Length; at++)
            {
                gram = (gram << 8 | text[at]) & mask;
                if (at >= j) keys[filled++] = gram;
            }

            Array.Sort(keys, 0, filled);
            (grams[j], counts[j]) = Runs(keys.AsSpan(0, filled));
        }

        return new NGramByteModel(grams, counts);
    }

    /// <inheritdoc/>
    public override void Weights(ReadOnlySpan<byte> context, Span<ulong> weights)
    {
        _unigrams.CopyTo(weights);
        var (gram, longest) = (0UL, Math.Min(Order, context.Length));
        for (var j = 1; j <= longest; j++)
        {
            gram |= (ulong)context[^j] << (8 * (j - 1));
            var grams = _grams[j].AsSpan();
            var first = LowerBound(grams, gram << 8);
            var end = first + LowerBound(grams[first..Math.Min(grams.Length, first + 256)], (gram + 1) << 8);
            if (first == end) return; // longer contexts have not been followed by anything either
            Smooth(j, first, end, (uint)(end - first), weights);
        }
    }

    private void Smooth(int order, int first, int end, ulong kinds, Span<ulong> weights)
    {
        var counts = _counts[order].AsSpan(first, end - first);
        var total = kinds;
        foreach (var count in counts) total += (uint)count;
        foreach (ref var weight in weights) weight = weight * kinds / total;
        for (var i = first; i < end; i++)
            weights[(int)(_grams[order][i] & 255)] += (ulong)(((UInt128)(uint)_counts[order][i] << Fraction) / total);
    }

    private static int LowerBound(ReadOnlySpan<ulong> sorted, ulong value)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (sorted[middle] < value) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private static (ulong[] Grams, int[] Counts) Runs(ReadOnlySpan<ulong> sorted)
    {
        var (grams, counts) = (new List<ulong>(), new List<int>());
        foreach (var gram in sorted)
        {
            if (grams.Count > 0 && grams[^1] == gram) CollectionsMarshal.AsSpan(counts)[^1]++;
            else
            {
                grams.Add(gram);
                counts.Add(1);
            }
        }

        return ([.. grams], [.. counts]);
    }
}
