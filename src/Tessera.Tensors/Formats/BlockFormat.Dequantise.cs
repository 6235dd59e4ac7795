namespace Tessera.Tensors.Formats;

public sealed unsafe partial record BlockFormat
{
    /// <summary>
    /// Widens values to F32. Exact: the result is the F32 number that ggml defines for the code, bit for bit; only F64, I32 and I64 round.
    /// Allocates nothing, and reads exactly the bytes of the blocks, whatever they hold.
    /// </summary>
    /// <param name="format">How the source is written.</param>
    /// <param name="source">Its first byte, at any alignment; whole blocks are read.</param>
    /// <param name="destination">Takes the values; its length must be a whole number of blocks.</param>
    /// <exception cref="ArgumentException">The format is not known, or the length is no whole number of blocks.</exception>
    public static void Dequantise(TensorFormat format, byte* source, Span<float> destination)
    {
        var blockLength = Of(format).BlockLength;
        if (destination.Length % blockLength != 0)
            throw new ArgumentException($"{destination.Length} values are no whole number of {format} blocks of {blockLength}", nameof(destination));

        fixed (float* y = destination)
        {
            var end = y + destination.Length;
            switch (format)
            {
                case TensorFormat.F32: new ReadOnlySpan<float>(source, destination.Length).CopyTo(destination); break;
                case TensorFormat.F16: WidenF16(source, y, end); break;
                case TensorFormat.BF16: WidenBF16(source, y, end); break;
                case TensorFormat.Q4_0: WidenQ4_0(source, y, end); break;
                case TensorFormat.Q4_1: WidenQ4_1(source, y, end); break;
                case TensorFormat.Q5_0: WidenQ5_0(source, y, end); break;
                case TensorFormat.Q5_1: WidenQ5_1(source, y, end); break;
                case TensorFormat.Q8_0: WidenQ8_0(source, y, end); break;
                case TensorFormat.Q8_1: WidenQ8_1(source, y, end); break;
                case TensorFormat.Q2_K: WidenQ2_K(source, y, end); break;
                case TensorFormat.Q3_K: WidenQ3_K(source, y, end); break;
                case TensorFormat.Q4_K: WidenQ4_K(source, y, end); break;
                case TensorFormat.Q5_K: WidenQ5_K(source, y, end); break;
                case TensorFormat.Q6_K: WidenQ6_K(source, y, end); break;
                case TensorFormat.Q8_K: WidenQ8_K(source, y, end); break;
                case TensorFormat.IQ2_XXS: WidenIQ2_XXS(source, y, end); break;
                case TensorFormat.IQ2_XS: WidenIQ2_XS(source, y, end); break;
                case TensorFormat.IQ2_S: WidenIQ2_S(source, y, end); break;
                case TensorFormat.IQ3_XXS: WidenIQ3_XXS(source, y, end); break;
                case TensorFormat.IQ3_S: WidenIQ3_S(source, y, end); break;
                case TensorFormat.IQ1_S: WidenIQ1_S(source, y, end); break;
                case TensorFormat.IQ1_M: WidenIQ1_M(source, y, end); break;
                case TensorFormat.IQ4_NL: WidenIQ4_NL(source, y, end); break;
                case TensorFormat.IQ4_XS: WidenIQ4_XS(source, y, end); break;
                case TensorFormat.TQ1_0: WidenTQ1_0(source, y, end); break;
                case TensorFormat.TQ2_0: WidenTQ2_0(source, y, end); break;
                case TensorFormat.Q1_0: WidenQ1_0(source, y, end); break;
                case TensorFormat.MXFP4: WidenMXFP4(source, y, end); break;
                case TensorFormat.NVFP4: WidenNVFP4(source, y, end); break;
                default: WidenPlain(format, source, destination); break;
            }
        }
    }
}
