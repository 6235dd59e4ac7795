namespace Tessera.Tensors.Kernels;

/// <summary>The specification of every integer kernel, one product at a time.</summary>
internal static unsafe class ScalarIntegerKernel
{
    /// <summary>Computes <paramref name="rows"/> rows of a block.</summary>
    public static void Run(IntegerBlock* block, int rows, IntegerSource source, bool wide)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < 2 * PanelLayout.Width; column++)
            {
                var lane = column % PanelLayout.Width;
                var first = column < PanelLayout.Width;
                var c = block->C + row * block->CRow + column;
                *c = Chain(
                    first ? block->Codes0 : block->Codes1, first ? block->Scales0 : block->Scales1, first ? block->Minima0 : block->Minima1, lane,
                    block->X + row * block->XRow, (int)block->Blocks, block->Accumulate != 0 ? *c : 0, source, wide);
            }
        }
    }

    private static float Chain(byte* codes, byte* scales, byte* minima, int lane, byte* x, int blocks, float sum, IntegerSource source, bool wide)
    {
        for (var b = 0; b < blocks; b++, x += ActivationLayout.BlockBytes(wide))
        {
            var tail = x + ActivationLayout.ValueBytes(wide);
            var scaleX = *(float*)(tail + ActivationLayout.Scale);
            var parts = source == IntegerSource.Sixteen ? 2 : 1;
            for (var part = 0; part < parts; part++)
            {
                var dot = 0;
                for (var k = part * 32 / parts; k < (part + 1) * 32 / parts; k++) dot += Code(codes, b, lane, k, source) * Value(x, k, wide);
                sum = MathF.FusedMultiplyAdd(Number(scales, b * parts + part, lane, source) * scaleX, dot, sum);
            }

            if (source is IntegerSource.Minimum or IntegerSource.SmallMinimum or IntegerSource.NibblesMin)
                sum = MathF.FusedMultiplyAdd(Number(minima, b, lane, source), *(float*)(tail + ActivationLayout.ScaledSum), sum);
        }

        return sum;
    }

    private static int Value(byte* x, int k, bool wide) => wide ? 256 * ((sbyte*)x)[k] + ((sbyte*)x)[k + 32] : ((sbyte*)x)[k];

    private static int Code(byte* codes, int block, int lane, int k, IntegerSource source)
    {
        var step = k / 4;
        if (source is IntegerSource.Nibbles or IntegerSource.NibblesMin)
        {
            var pair = codes[block * 256 + (step & 3) * 64 + lane * 4 + k % 4];
            return (step < 4 ? pair & 15 : pair >> 4) - (source == IntegerSource.Nibbles ? 8 : 0);
        }

        var code = codes[block * PanelLayout.BlockCodes + step * 64 + lane * 4 + k % 4];
        return source is IntegerSource.Minimum or IntegerSource.SmallMinimum ? code : code - 128;
    }

    private static float Number(byte* numbers, int group, int lane, IntegerSource source) =>
        source is IntegerSource.Bytes or IntegerSource.Nibbles or IntegerSource.NibblesMin
            ? (float)((Half*)numbers)[group * PanelLayout.Width + lane]
            : ((float*)numbers)[group * PanelLayout.Width + lane];
}
