namespace Tessera.Tensors.Kernels;

/// <summary>One output's weights of an <see cref="IntegerSource"/>, read number by number as <see cref="PanelLayout"/> defines the planes.</summary>
internal readonly unsafe struct ScalarWeights(IntegerSource source, byte* codes, byte* scales, byte* minima, byte* high, byte* super, int lane)
{
    private const int Width = PanelLayout.Width;

    /// <summary>Scales per block.</summary>
    public int Parts => source is IntegerSource.Sixteen or IntegerSource.Super6 ? 2 : 1;

    /// <summary>Whether blocks have minima.</summary>
    public bool HasMinimum => source is IntegerSource.Minimum or IntegerSource.SmallMinimum or IntegerSource.NibblesMin
        or IntegerSource.FiveMin or IntegerSource.Super4 or IntegerSource.Super5;

    /// <summary>Weight k of a block as an integer, zero point taken off.</summary>
    public int Code(int block, int k)
    {
        var (step, at) = (k / 4, lane * 4 + k % 4);
        if (source < IntegerSource.Nibbles)
        {
            var code = codes[block * PanelLayout.BlockCodes + step * 64 + at];
            return HasMinimum ? code : code - 128;
        }

        var pair = codes[block * PanelLayout.BlockCodes / 2 + (step & 3) * 64 + at];
        var low = step < 4 ? pair & 15 : pair >> 4;
        return source switch
        {
            IntegerSource.Nibbles => low - 8,
            IntegerSource.Five => (low | Fifth(block, step, k % 4)) - 16,
            IntegerSource.FiveMin or IntegerSource.Super5 => low | Fifth(block, step, k % 4),
            IntegerSource.Super6 => (low | (int)((((uint*)high)[block * 2 * Width + step / 4 * Width + lane] >> (8 * (k % 4) + 2 * (step & 3))) & 3) << 4) - 32,
            _ => low,
        };
    }

    /// <summary>The scale of a block, or of half a block.</summary>
    public float Scale(int block, int part) => source switch
    {
        < IntegerSource.Bytes => ((float*)scales)[(block * Parts + part) * Width + lane],
        IntegerSource.Super4 or IntegerSource.Super5 => Number(super, block / 8 * 2) * scales[block * Width + lane],
        IntegerSource.Super6 => Number(super, block / 8) * ((sbyte*)scales)[(block * 2 + part) * Width + lane],
        _ => Number(scales, block),
    };

    /// <summary>The minimum of a block.</summary>
    public float Minimum(int block) => source switch
    {
        < IntegerSource.Bytes => ((float*)minima)[block * Width + lane],
        IntegerSource.Super4 or IntegerSource.Super5 => -(Number(super, block / 8 * 2 + 1) * minima[block * Width + lane]),
        _ => Number(minima, block),
    };

    private float Number(byte* halves, int group) => (float)((Half*)halves)[group * Width + lane];

    private int Fifth(int block, int step, int byteIndex) => (int)((((uint*)high)[block * Width + lane] >> (8 * byteIndex + step)) & 1) << 4;
}
