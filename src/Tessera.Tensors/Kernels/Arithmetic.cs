namespace Tessera.Tensors.Kernels;

/// <summary>How a matrix product computes. Either way the result of a row depends on that row, the matrix and the process's kernels alone.</summary>
public enum Arithmetic
{
    /// <summary>Activations in F32, weights widened to F32; each output is one chain <c>acc = fma(x[k], w[n,k], acc)</c> in ascending k. The same bits on every processor.</summary>
    Exact,

    /// <summary>
    /// Where the weights are quantised in a format with an integer kernel: activations as signed bytes in blocks of 32 (scale = max|x|/127),
    /// integer dot products, and per block <c>acc = fma(scaleW·scaleX, dot, acc)</c>. All other formats compute as in <see cref="Exact"/>.
    /// </summary>
    Fast,
}
