namespace Tessera.Tensors.Kernels.Assembled;

/// <summary>Compares an assembled kernel with the specification on random numbers: every number of rows, fresh and continued chains, bit for bit.</summary>
internal static unsafe class KernelCheck
{
    private const int Blocks = 16, Rows = IntegerAssembler.MaxRows + 1, Lanes = 2 * PanelLayout.Width; // two groups of 256 weights
    private const int CodeBytes = Blocks * PanelLayout.BlockCodes, NumberBytes = Blocks * TileExpansion.MaxBlockScales * sizeof(float);
    private const int PanelBytes = CodeBytes + 4 * NumberBytes; // codes, scales, minima, high, super

    /// <summary>Whether the bits are the same.</summary>
    public static bool Agrees(AssembledKernel kernel, IntegerSource source, bool wide)
    {
        var rowBytes = (int)ActivationLayout.RowBytes(Blocks * PanelLayout.BlockLength, wide);
        using var memory = new NativeBuffer(2 * PanelBytes + Rows * rowBytes + 2 * Rows * Lanes * sizeof(float));
        FillPanels(memory.Pointer, source);
        FillActivations(memory.Pointer + 2 * PanelBytes, rowBytes, wide);
        IntegerBlock block;
        block.Codes = memory.Pointer;
        block.Scales = block.Codes + CodeBytes;
        block.Minima = block.Scales + NumberBytes;
        block.High = block.Minima + NumberBytes;
        block.Super = block.High + NumberBytes;
        block.Second = PanelBytes;
        block.X = memory.Pointer + 2 * PanelBytes;
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

    // Random bytes are valid codes and byte scales; numbers that are F32 or halves must be finite.
    private static void FillPanels(byte* memory, IntegerSource source)
    {
        var random = new RandomKey(1, (uint)source, 0, RandomPurpose.Initialise);
        for (var i = 0; i < 2 * PanelBytes; i++) memory[i] = (byte)random.Below(source == IntegerSource.SmallMinimum ? 16 : 256, (uint)i);
        for (var panel = 0; panel < 2; panel++)
        {
            var scales = memory + panel * PanelBytes + CodeBytes;
            var super = scales + 3 * NumberBytes;
            switch (source)
            {
                case < IntegerSource.Bytes:
                    for (var i = 0; i < 2 * NumberBytes / 4; i++) ((float*)scales)[i] = (float)random.Uniform((uint)i) - 0.5f;
                    break;
                case IntegerSource.Super4 or IntegerSource.Super5 or IntegerSource.Super6:
                    for (var i = 0; i < NumberBytes / 2; i++) ((Half*)super)[i] = (Half)(random.Uniform((uint)i) - 0.5);
                    break;
                default:
                    for (var i = 0; i < 2 * NumberBytes / 2; i++) ((Half*)scales)[i] = (Half)(random.Uniform((uint)i) - 0.5);
                    break;
            }
        }
    }

    private static void FillActivations(byte* to, int rowBytes, bool wide)
    {
        var random = new RandomKey(2, 0, 0, RandomPurpose.Initialise);
        var x = stackalloc float[Blocks * PanelLayout.BlockLength];
        for (var row = 0; row < Rows; row++)
        {
            for (var k = 0; k < Blocks * PanelLayout.BlockLength; k++) x[k] = (float)random.Uniform((uint)(row * 1_000 + k)) - 0.5f;
            ActivationQuantiser.RowScalar(x, Blocks * PanelLayout.BlockLength, to + row * rowBytes, wide);
        }
    }
}
