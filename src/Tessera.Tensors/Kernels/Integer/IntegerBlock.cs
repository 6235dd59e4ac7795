using System.Runtime.InteropServices;

namespace Tessera.Tensors.Kernels;

/// <summary>
/// The job of an integer kernel: for some rows and two panels (32 outputs), over blocks of 32 k in ascending order,
/// <c>acc = fma(scaleW·scaleX, (float)Σ (code − zero)·q, acc)</c>, then, with minima, <c>acc = fma(m, scaleX·Σq, acc)</c>; per 16 weights
/// where the scales are. With 16-bit activations the integer sum is 256·Σ upper + Σ lower.
/// Assembled kernels know the order of its fields.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IntegerBlock
{
    /// <summary>The first panel's planes at the first block; those that the source lacks are not read.</summary>
    public byte* Codes, Scales, Minima, High, Super;

    /// <summary>The distance of the second panel in every plane, in bytes.</summary>
    public nint Second;

    /// <summary>The first row of activations at the first block, in <see cref="ActivationLayout"/>, and the distance of the rows in bytes.</summary>
    public byte* X;

    /// <inheritdoc cref="X"/>
    public nint XRow;

    /// <summary>How many blocks.</summary>
    public nint Blocks;

    /// <summary>The result's first element, and the distance of its rows in floats.</summary>
    public float* C;

    /// <inheritdoc cref="C"/>
    public nint CRow;

    /// <summary>1: the chains start from C; 0: from 0.</summary>
    public nint Accumulate;

    /// <summary>How far ahead of what it reads the first tile fetches codes and scales into the cache, in bytes: where the next pair of panels has the same.</summary>
    public nint Ahead;
}
