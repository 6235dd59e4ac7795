namespace Tessera.Tensors.Kernels;

/// <summary>
/// Quantised activations: per row and block of 32 a record of 48 bytes (80 with 16-bit values), so that a kernel walks one pointer a row:
/// 32 signed bytes (wide: 32 upper halves, then 32 lower halves, value = 256·upper + lower), then four 32-bit words: the start value
/// −128·Σq that undoes the +128 of the weights' codes, the scale s (F32, max|x|/127, wide max|x|/32512), s·Σq (F32) for formats with
/// minima, and −128·Σq of the first 16 values for formats with a scale per 16.
/// </summary>
internal static class ActivationLayout
{
    /// <summary>Bytes of the words behind the values.</summary>
    public const int TailBytes = 16;

    /// <summary>Offsets of the words from the end of the values.</summary>
    public const int Start = 0, Scale = 4, ScaledSum = 8, FirstHalfStart = 12;

    /// <summary>Largest magnitude of a quantised value: 127, or 127·256 so that both halves fit signed bytes.</summary>
    public const int Largest = 127, LargestWide = 127 * 256;

    /// <summary>Bytes of the values of a block.</summary>
    public static int ValueBytes(bool wide) => wide ? 64 : 32;

    /// <summary>Bytes of a block's record.</summary>
    public static int BlockBytes(bool wide) => ValueBytes(wide) + TailBytes;

    /// <summary>Bytes of a row of whole blocks.</summary>
    public static long RowBytes(int columns, bool wide) => (long)columns / PanelLayout.BlockLength * BlockBytes(wide);
}
