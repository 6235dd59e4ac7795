namespace Tessera.Tensors.Formats;

public sealed unsafe partial record BlockFormat
{
    /// <summary>Widens values to F32. Exact: every format's values are F32 numbers, except F64 and I64, which round.</summary>
    /// <param name="format">How the source is written.</param>
    /// <param name="source">Its first byte; whole blocks are read.</param>
    /// <param name="destination">Takes the values; its length must be a whole number of blocks.</param>
    public static void Dequantise(TensorFormat format, byte* source, Span<float> destination)
    {
        switch (format)
        {
            case TensorFormat.F32:
                new ReadOnlySpan<float>(source, destination.Length).CopyTo(destination);
                break;
            default:
                throw new ArgumentException($"values of format {format} can't be widened", nameof(format));
        }
    }
}
