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
                var second = column < PanelLayout.Width ? 0 : block->Second;
                var weights = new ScalarWeights(
                    source, block->Codes + second, block->Scales + second, block->Minima + second, block->High + second, block->Super + second, column % PanelLayout.Width);
                var c = block->C + row * block->CRow + column;
                *c = Chain(weights, block->X + row * block->XRow, (int)block->Blocks, block->Accumulate != 0 ? *c : 0, wide);
            }
        }
    }

    private static float Chain(in ScalarWeights weights, byte* x, int blocks, float sum, bool wide)
    {
        for (var b = 0; b < blocks; b++, x += ActivationLayout.BlockBytes(wide))
        {
            var tail = x + ActivationLayout.ValueBytes(wide);
            var scaleX = *(float*)(tail + ActivationLayout.Scale);
            for (var part = 0; part < weights.Parts; part++)
            {
                var dot = 0;
                for (var k = part * 32 / weights.Parts; k < (part + 1) * 32 / weights.Parts; k++) dot += weights.Code(b, k) * Value(x, k, wide);
                sum = MathF.FusedMultiplyAdd(weights.Scale(b, part) * scaleX, dot, sum);
            }

            if (weights.HasMinimum) sum = MathF.FusedMultiplyAdd(weights.Minimum(b), *(float*)(tail + ActivationLayout.ScaledSum), sum);
        }

        return sum;
    }

    private static int Value(byte* x, int k, bool wide) => wide ? 256 * ((sbyte*)x)[k] + ((sbyte*)x)[k + 32] : ((sbyte*)x)[k];
}
