namespace Tessera.Tensors.Kernels.Assembled;

/// <summary>Compares an assembled kernel with the specification on random numbers: every number of rows, fresh and continued chains, bit for bit.</summary>
internal static unsafe class KernelCheck
{
    private const int Blocks = 3, Rows = IntegerAssembler.MaxRows + 1, Lanes = 2 * PanelLayout.Width;
    private const int CodeBytes = 2 * Blocks * PanelLayout.BlockCodes;
    private const int NumberBytes = 2 * Blocks * TileExpansion.MaxBlockScales * sizeof(float);

    /// <summary>Whether the bits are the same.</summary>
    public static bool Agrees(AssembledKernel kernel, IntegerSource source, bool wide)
    {
        var rowBytes = (int)ActivationLayout.RowBytes(Blocks * PanelLayout.BlockLength, wide);
        using var memory = new NativeBuffer(CodeBytes + 2 * NumberBytes + Rows * rowBytes + 2 * Rows * Lanes * sizeof(float));
        IntegerBlock block;
        Fill(memory.Pointer, source, wide, rowBytes);
        block.Codes0 = memory.Pointer;
        block.Codes1 = block.Codes0 + CodeBytes / 2;
        block.Scales0 = memory.Pointer + CodeBytes;
        block.Scales1 = block.Scales0 + NumberBytes / 2;
        block.Minima0 = block.Scales0 + NumberBytes;
        block.Minima1 = block.Minima0 + NumberBytes / 2;
        block.X = block.Scales0 + 2 * NumberBytes;
        block.XRow = rowBytes;
        block.Blocks = Blocks;
        block.CRow = Lanes;
        block.Ahead = 0;
        var results = (float*)(block.X + Rows * rowBytes);
        for (var rows = 1; rows <= Rows; rows++)
        {
            for (block.Accumulate = 0; block.Accumulate < 2; block.Accumulate++)
            {
                block.C = results;
                kernel.Run(&block, rows);
                block.C = results + Rows * Lanes;
                ScalarIntegerKernel.Run(&block, rows, source, wide);
                if (!new ReadOnlySpan<byte>(results, Rows * Lanes * 4).SequenceEqual(new ReadOnlySpan<byte>(results + Rows * Lanes, Rows * Lanes * 4))) return false;
            }
        }

        return true;
    }

    private static void Fill(byte* memory, IntegerSource source, bool wide, int rowBytes)
    {
        var random = new RandomKey(1, (uint)source, 0, RandomPurpose.Initialise);
        for (var i = 0; i < CodeBytes; i++) memory[i] = (byte)random.Below(source == IntegerSource.SmallMinimum ? 16 : 256, (uint)i);
        var half = source >= IntegerSource.Bytes;
        for (var i = 0; i < 2 * NumberBytes / 4; i++)
        {
            var number = (float)random.Uniform((uint)(CodeBytes + i)) - 0.5f;
            if (half) ((Half*)(memory + CodeBytes))[i] = (Half)number;
            else ((float*)(memory + CodeBytes))[i] = number;
        }

        // The scales of half formats fill the first half of their region only; the rest stays zero and is never read.
        var x = stackalloc float[Blocks * PanelLayout.BlockLength];
        for (var row = 0; row < Rows; row++)
        {
            for (var k = 0; k < Blocks * PanelLayout.BlockLength; k++) x[k] = (float)random.Uniform((uint)(100_000 + row * 1_000 + k)) - 0.5f;
            ActivationQuantiser.RowScalar(x, Blocks * PanelLayout.BlockLength, memory + CodeBytes + 2 * NumberBytes + row * rowBytes, wide);
        }
    }
}
