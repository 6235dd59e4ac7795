using System.Buffers.Binary;

namespace Tessera.Tensors.Formats;

/// <remarks>Quantisers of IQ4_NL and IQ4_XS: the table's values instead of integers, otherwise as the K-quants.</remarks>
public sealed unsafe partial record BlockFormat
{
    private static void QuantiseIQ4_NL(ReadOnlySpan<float> x, Span<byte> block)
    {
        var d = HalfNumber.Write(block, Math.Clamp(NonLinearSearch.Scale(x), -LargestHalf, LargestHalf));
        NonLinearSearch.Pack(x, d, block[2..]);
    }

    private static void QuantiseIQ4_XS(ReadOnlySpan<float> x, Span<byte> block)
    {
        Span<float> found = stackalloc float[8];
        for (var i = 0; i < 8; i++) found[i] = NonLinearSearch.Scale(x.Slice(32 * i, 32));
        var d = HalfNumber.Write(block, Math.Clamp(ValueOfLargestMagnitude(found) / -32, -LargestHalf, LargestHalf));
        block[4..8].Clear();
        var upper = 0;
        for (var i = 0; i < 8; i++)
        {
            var values = x.Slice(32 * i, 32);
            var scale = NearestMultiple(found[i], d, -32, 31);
            var (best, bestError) = (scale, float.PositiveInfinity);
            for (var s = Math.Max(scale - 1, -32); s <= Math.Min(scale + 1, 31); s++)
            {
                var error = NonLinearSearch.Error(values, d * s);
                if (error < bestError) (best, bestError) = (s, error);
            }

            block[4 + i / 2] |= (byte)((best + 32 & 15) << i % 2 * 4);
            upper |= best + 32 >> 4 << 2 * i;
            NonLinearSearch.Pack(values, d * best, block[(8 + 16 * i)..]);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(block[2..], (ushort)upper);
    }
}
