namespace Tessera.Tensors.Kernels;

/// <summary>
/// The job of a float kernel: C[r, 0…31] (+)= Σ_d A[r, d] · B[d, 0…31] for some rows, each element one chain of fused multiply-adds in
/// ascending d that starts from C (or 0). B is two panels of 16 columns that may lie apart. All strides count numbers.
/// </summary>
internal unsafe struct FloatBlock
{
    /// <summary>A's first element; element (r, d) stands at r·<see cref="ARow"/> + d·<see cref="ADepth"/>.</summary>
    public float* A;

    /// <inheritdoc cref="A"/>
    public nint ARow, ADepth;

    /// <summary>Columns 0–15 and 16–31 of B's first row, F32 or what the kernel widens; the next row is <see cref="BDepth"/> numbers further.</summary>
    public byte* B0, B1;

    /// <inheritdoc cref="B0"/>
    public nint BDepth;

    /// <summary>How many products each element sums.</summary>
    public int Depth;

    /// <summary>The first element of C, and the distance of its rows.</summary>
    public float* C;

    /// <inheritdoc cref="C"/>
    public nint CRow;

    /// <summary>Whether the chains start from C; otherwise from 0.</summary>
    public bool Accumulate;
}
