using System.Runtime.CompilerServices;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// 32 consecutive weights of one row as they come out of a ggml block: codes as eight words of four bytes, scale and minimum still in the
/// file's own numbers. Layouts of the source blocks: ggml-common.h, decoding: ggml-quants.c (dequantize_row_*).
/// </summary>
internal unsafe struct WeightBlock
{
    /// <summary>Word s holds the codes of weights 4·s … 4·s + 3, unsigned, lowest byte first.</summary>
    public fixed uint Codes[8];

    /// <summary>Half d (plain formats) or the block's byte scale (K-quants; Q6_K: two signed bytes, lower 16 weights first).</summary>
    public ushort Scale;

    /// <summary>Half m (plain formats) or the block's byte minimum (K-quants).</summary>
    public ushort Minimum;

    /// <summary>K-quants: the halves d and dmin of the 256 weights.</summary>
    public ushort SuperScale, SuperMinimum;

    /// <summary>Reads block <paramref name="block"/> (of 32) of a row.</summary>
    /// <param name="kind">The format.</param>
    /// <param name="row">The row's first byte.</param>
    /// <param name="block">Which 32 weights.</param>
    public void Read(PanelKind kind, byte* row, int block)
    {
        switch (kind)
        {
            case PanelKind.Bytes: ReadBytes(row + (long)block * 34); break;
            case PanelKind.Nibbles: ReadNibbles(row + (long)block * 18, 2, null); break;
            case PanelKind.NibblesMin: ReadNibbles(row + (long)block * 20, 4, null); break;
            case PanelKind.Five: ReadNibbles(row + (long)block * 22, 6, row + (long)block * 22 + 2); break;
            case PanelKind.FiveMin: ReadNibbles(row + (long)block * 24, 8, row + (long)block * 24 + 4); break;
            case PanelKind.Super4: ReadSuper(row + (long)(block >> 3) * 144, 16, block & 7, false); break;
            case PanelKind.Super5: ReadSuper(row + (long)(block >> 3) * 176, 48, block & 7, true); break;
            case PanelKind.Super6: ReadSuper6(row + (long)(block >> 3) * 210, block & 7); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    private static uint Word(byte* p) => Unsafe.ReadUnaligned<uint>(p);

    private static ushort Half(byte* p) => Unsafe.ReadUnaligned<ushort>(p);

    private void ReadBytes(byte* p)
    {
        Scale = Half(p);
        for (var s = 0; s < 8; s++) Codes[s] = Word(p + 2 + 4 * s) ^ 0x80808080; // signed to offset 128
    }

    // d, then m where the format has one, then the fifth bits where it has them, then 16 bytes of nibbles: weights 0-15 low, 16-31 high.
    private void ReadNibbles(byte* p, int nibblesAt, byte* fifth)
    {
        Scale = Half(p);
        Minimum = Half(p + 2);
        for (var s = 0; s < 4; s++)
        {
            var word = Word(p + nibblesAt + 4 * s);
            Codes[s] = word & 0x0F0F0F0F;
            Codes[s + 4] = (word >> 4) & 0x0F0F0F0F;
        }

        if (fifth == null) return;
        var bits = Word(fifth);
        for (var s = 0; s < 8; s++)
        {
            var four = (bits >> (4 * s)) & 15;
            Codes[s] |= (four * 0x00204081 & 0x01010101) << 4; // bit b of four to the lowest bit of byte b
        }
    }

    // d, dmin, 12 bytes of packed 6-bit scales and minima, for Q5_K 32 bytes of fifth bits, 128 bytes of nibbles: per 64 weights 32 bytes,
    // the first 32 weights low, the next 32 high.
    private void ReadSuper(byte* p, int nibblesAt, int block, bool fifth)
    {
        (SuperScale, SuperMinimum) = (Half(p), Half(p + 2));
        var packed = p + 4;
        if (block < 4)
        {
            (Scale, Minimum) = ((ushort)(packed[block] & 63), (ushort)(packed[block + 4] & 63));
        }
        else
        {
            Scale = (ushort)((packed[block + 4] & 15) | ((packed[block - 4] >> 6) << 4));
            Minimum = (ushort)((packed[block + 4] >> 4) | ((packed[block] >> 6) << 4));
        }

        var nibbles = p + nibblesAt + 32 * (block >> 1);
        for (var s = 0; s < 8; s++)
        {
            Codes[s] = (Word(nibbles + 4 * s) >> (4 * (block & 1))) & 0x0F0F0F0F;
            if (fifth) Codes[s] |= ((Word(p + 16 + 4 * s) >> block) & 0x01010101) << 4;
        }
    }

    // 128 bytes of lower nibbles, 64 bytes of upper bit pairs, 16 signed scales, d. Per half of 128 weights: block j takes the nibbles of
    // bytes 32·(j & 1) …, low for j < 2 and high for j ≥ 2, and bit pair j of bytes 0-31.
    private void ReadSuper6(byte* p, int block)
    {
        var half = block >> 2;
        var j = block & 3;
        var low = p + 64 * half + 32 * (j & 1);
        var high = p + 128 + 32 * half;
        for (var s = 0; s < 8; s++)
        {
            Codes[s] = ((Word(low + 4 * s) >> (j < 2 ? 0 : 4)) & 0x0F0F0F0F) | (((Word(high + 4 * s) >> (2 * j)) & 0x03030303) << 4);
        }

        Scale = Half(p + 192 + 2 * block);
        SuperScale = Half(p + 208);
    }
}
