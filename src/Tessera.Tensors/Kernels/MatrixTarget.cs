namespace Tessera.Tensors.Kernels;

/// <summary>One matrix of a product and where its result goes. Several targets that share their input are computed in one dispatch.</summary>
public readonly unsafe struct MatrixTarget
{
    /// <summary>Names a target.</summary>
    /// <param name="matrix">The weights, [out, in].</param>
    /// <param name="y">The result, [rows, out]; must not overlap the input.</param>
    /// <param name="yStride">Floats from one row of <paramref name="y"/> to the next, at least <c>out</c>.</param>
    /// <param name="bias">[out], added to every row after the product; null for none.</param>
    public MatrixTarget(PackedMatrix matrix, float* y, int yStride, float* bias = null)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentOutOfRangeException.ThrowIfLessThan(yStride, matrix.Rows);
        Matrix = matrix;
        Y = y;
        YStride = yStride;
        Bias = bias;
    }

    /// <summary>The weights.</summary>
    public PackedMatrix Matrix { get; }

    /// <summary>The result's first element.</summary>
    public float* Y { get; }

    /// <summary>Floats from one row of the result to the next.</summary>
    public int YStride { get; }

    /// <summary>The bias, or null.</summary>
    public float* Bias { get; }
}
