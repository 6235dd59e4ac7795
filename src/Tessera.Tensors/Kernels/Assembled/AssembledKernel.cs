namespace Tessera.Tensors.Kernels.Assembled;

/// <summary>
/// The assembled kernels of one source and one width of activations, for 1 to 6 rows. Made on first use, compared with the specification
/// before anything relies on them, and given up where executable memory is refused or a bit differs.
/// </summary>
internal sealed unsafe class AssembledKernel
{
    private readonly nint[] _byRows; // index: rows of the tile

    private AssembledKernel(nint[] byRows) => _byRows = byRows;

    /// <summary>Makes the kernels; null where they can't be used, so that the caller takes the intrinsics ones.</summary>
    public static AssembledKernel? Create(IntegerSource source, bool wide)
    {
        var pieces = new byte[IntegerAssembler.MaxRows + 1][];
        var starts = new int[pieces.Length];
        var total = 0;
        for (var rows = 1; rows < pieces.Length; rows++)
        {
            pieces[rows] = IntegerAssembler.Assemble(source, wide, rows, OperatingSystem.IsWindows());
            starts[rows] = total;
            total += (pieces[rows].Length + 63) & ~63; // functions start on a cache line
        }

        var code = new byte[total];
        for (var rows = 1; rows < pieces.Length; rows++) pieces[rows].CopyTo(code, starts[rows]);
        var address = ExecutableMemory.Place(code);
        if (address == null) return null;
        var kernel = new AssembledKernel([.. starts.Select(start => (nint)address + start)]);
        return KernelCheck.Agrees(kernel, source, wide) ? kernel : null;
    }

    /// <summary>Computes <paramref name="rows"/> rows of a block, in tiles of nearly equal height.</summary>
    public void Run(IntegerBlock* block, int rows)
    {
        var part = *block;
        for (var tiles = (rows + IntegerAssembler.MaxRows - 1) / IntegerAssembler.MaxRows; tiles > 0; tiles--)
        {
            var count = (rows + tiles - 1) / tiles;
            // A tile takes a microsecond or two: short enough to hold a garbage collection up, too short to pay for a transition.
            ((delegate* unmanaged[SuppressGCTransition]<IntegerBlock*, void>)_byRows[count])(&part);
            part.Ahead = 0; // the weights are cached now
            part.X += count * part.XRow;
            part.C += count * part.CRow;
            rows -= count;
        }
    }
}
