namespace Tessera.Tensors.Formats;

/// <summary>
/// The facts of a <see cref="TensorFormat"/>: how many values a block holds and how many bytes it takes. A plain element is a block of one.
/// Sizes are those of ggml (ggml-common.h); conversions live in the partial files of this class, one per family.
/// </summary>
/// <param name="Format">The format.</param>
/// <param name="BlockLength">Values in a block.</param>
/// <param name="BlockBytes">Bytes of a block.</param>
public sealed partial record BlockFormat(TensorFormat Format, int BlockLength, int BlockBytes)
{
    private static readonly Dictionary<TensorFormat, BlockFormat> Table = new BlockFormat[]
    {
        new(TensorFormat.F32, 1, 4), new(TensorFormat.F16, 1, 2), new(TensorFormat.BF16, 1, 2), new(TensorFormat.F64, 1, 8),
        new(TensorFormat.I8, 1, 1), new(TensorFormat.I16, 1, 2), new(TensorFormat.I32, 1, 4), new(TensorFormat.I64, 1, 8),
        new(TensorFormat.U8, 1, 1), new(TensorFormat.Bool, 1, 1),
        new(TensorFormat.Q4_0, 32, 18), new(TensorFormat.Q4_1, 32, 20), new(TensorFormat.Q5_0, 32, 22), new(TensorFormat.Q5_1, 32, 24),
        new(TensorFormat.Q8_0, 32, 34), new(TensorFormat.Q8_1, 32, 36),
        new(TensorFormat.Q2_K, 256, 84), new(TensorFormat.Q3_K, 256, 110), new(TensorFormat.Q4_K, 256, 144),
        new(TensorFormat.Q5_K, 256, 176), new(TensorFormat.Q6_K, 256, 210), new(TensorFormat.Q8_K, 256, 292),
        new(TensorFormat.IQ1_S, 256, 50), new(TensorFormat.IQ1_M, 256, 56), new(TensorFormat.IQ2_XXS, 256, 66),
        new(TensorFormat.IQ2_XS, 256, 74), new(TensorFormat.IQ2_S, 256, 82), new(TensorFormat.IQ3_XXS, 256, 98),
        new(TensorFormat.IQ3_S, 256, 110), new(TensorFormat.IQ4_NL, 32, 18), new(TensorFormat.IQ4_XS, 256, 136),
        new(TensorFormat.TQ1_0, 256, 54), new(TensorFormat.TQ2_0, 256, 66), new(TensorFormat.MXFP4, 32, 17),
        new(TensorFormat.NVFP4, 64, 36), new(TensorFormat.Q1_0, 128, 18),
    }.ToDictionary(f => f.Format);

    /// <summary>The facts of a format.</summary>
    /// <exception cref="ArgumentException">The format is not known.</exception>
    public static BlockFormat Of(TensorFormat format) =>
        Table.TryGetValue(format, out var facts) ? facts : throw new ArgumentException($"unknown tensor format {(int)format}", nameof(format));

    /// <summary>Whether a number is the id of a format that can be read.</summary>
    public static bool IsKnown(TensorFormat format) => Table.ContainsKey(format);

    /// <summary>The number of values of a shape.</summary>
    /// <exception cref="OverflowException">The product does not fit 64 bits.</exception>
    /// <exception cref="ArgumentException">A dimension is negative.</exception>
    public static long CountOf(ReadOnlySpan<long> shape)
    {
        var count = 1L;
        foreach (var dimension in shape)
        {
            if (dimension < 0) throw new ArgumentException($"dimension {dimension} is negative", nameof(shape));
            count = checked(count * dimension);
        }

        return count;
    }

    /// <summary>The bytes that a tensor of this format and shape takes.</summary>
    /// <exception cref="ArgumentException">The last dimension is no whole number of blocks, or one is negative.</exception>
    /// <exception cref="OverflowException">The size does not fit 64 bits.</exception>
    public long ByteLengthOf(ReadOnlySpan<long> shape)
    {
        var count = CountOf(shape);
        var row = shape.IsEmpty ? 1 : shape[^1];
        if (row % BlockLength != 0) throw new ArgumentException($"rows of {row} values are no whole number of {Format} blocks of {BlockLength}", nameof(shape));
        return checked(count / BlockLength * BlockBytes);
    }
}
