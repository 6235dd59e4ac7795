using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Tessera.Tensors.Formats;

public sealed unsafe partial record BlockFormat
{
    /// <summary>Whether <see cref="Quantise"/> can write a format.</summary>
    public static bool CanQuantise(TensorFormat format) => format is TensorFormat.F32 or TensorFormat.F16 or TensorFormat.BF16
        or TensorFormat.Q4_0 or TensorFormat.Q4_1 or TensorFormat.Q5_0 or TensorFormat.Q5_1 or TensorFormat.Q8_0 or TensorFormat.Q8_1
        or TensorFormat.Q2_K or TensorFormat.Q3_K or TensorFormat.Q4_K or TensorFormat.Q5_K or TensorFormat.Q6_K or TensorFormat.Q8_K
        or TensorFormat.IQ4_NL or TensorFormat.IQ4_XS or TensorFormat.TQ1_0 or TensorFormat.TQ2_0 or TensorFormat.Q1_0
        or TensorFormat.MXFP4 or TensorFormat.NVFP4;

    /// <summary>
    /// Writes F32 values in a format. F16 and BF16 round to nearest even and keep NaN and infinities. Formats with one rule for their scale give
    /// ggml's bytes; K-quants and IQ4 search for the scales with the least squared error, with no weighting of the values. Blocks are
    /// independent of each other; allocates nothing.
    /// </summary>
    /// <param name="format">A format for which <see cref="CanQuantise"/> holds.</param>
    /// <param name="source">The values, a whole number of blocks; finite where the format has scales.</param>
    /// <param name="destination">Takes exactly the bytes of these blocks.</param>
    /// <exception cref="ArgumentException">
    /// The format can't be written, the lengths don't fit, or a value is NaN or infinite and the format is no plain one: it would
    /// spoil its whole block.
    /// </exception>
    public static void Quantise(TensorFormat format, ReadOnlySpan<float> source, Span<byte> destination)
    {
        if (!CanQuantise(format)) throw new ArgumentException($"format {format} can be read but not written", nameof(format));
        var facts = Of(format);
        if (source.Length % facts.BlockLength != 0)
            throw new ArgumentException($"{source.Length} values are no whole number of {format} blocks of {facts.BlockLength}", nameof(source));
        var blocks = source.Length / facts.BlockLength;
        if (destination.Length != (long)blocks * facts.BlockBytes)
            throw new ArgumentException($"{blocks} {format} blocks take {(long)blocks * facts.BlockBytes} bytes, not {destination.Length}", nameof(destination));

        switch (format)
        {
            case TensorFormat.F32: MemoryMarshal.AsBytes(source).CopyTo(destination); return;
            case TensorFormat.F16: NarrowF16(source, MemoryMarshal.Cast<byte, ushort>(destination)); return;
            case TensorFormat.BF16: NarrowBF16(MemoryMarshal.Cast<float, uint>(source), MemoryMarshal.Cast<byte, ushort>(destination)); return;
        }

        if (!TensorPrimitives.IsFiniteAll(source)) throw new ArgumentException($"a NaN or an infinity can't be written as {format}", nameof(source));
        for (var i = 0; i < blocks; i++)
            QuantiseBlock(format, source.Slice(i * facts.BlockLength, facts.BlockLength), destination.Slice(i * facts.BlockBytes, facts.BlockBytes));
    }

    private static void QuantiseBlock(TensorFormat format, ReadOnlySpan<float> x, Span<byte> block)
    {
        switch (format)
        {
            case TensorFormat.Q4_0: QuantiseQ4_0(x, block); break;
            case TensorFormat.Q4_1: QuantiseQ4_1(x, block); break;
            case TensorFormat.Q5_0: QuantiseQ5_0(x, block); break;
            case TensorFormat.Q5_1: QuantiseQ5_1(x, block); break;
            case TensorFormat.Q8_0: QuantiseQ8_0(x, block); break;
            case TensorFormat.Q8_1: QuantiseQ8_1(x, block); break;
            case TensorFormat.Q2_K: QuantiseQ2_K(x, block); break;
            case TensorFormat.Q3_K: QuantiseQ3_K(x, block); break;
            case TensorFormat.Q4_K: QuantiseQ4_K(x, block); break;
            case TensorFormat.Q5_K: QuantiseQ5_K(x, block); break;
            case TensorFormat.Q6_K: QuantiseQ6_K(x, block); break;
            case TensorFormat.Q8_K: QuantiseQ8_K(x, block); break;
            case TensorFormat.IQ4_NL: QuantiseIQ4_NL(x, block); break;
            case TensorFormat.IQ4_XS: QuantiseIQ4_XS(x, block); break;
            case TensorFormat.TQ1_0: QuantiseTQ1_0(x, block); break;
            case TensorFormat.TQ2_0: QuantiseTQ2_0(x, block); break;
            case TensorFormat.Q1_0: QuantiseQ1_0(x, block); break;
            case TensorFormat.MXFP4: QuantiseMXFP4(x, block); break;
            default: QuantiseNVFP4(x, block); break;
        }
    }
}
