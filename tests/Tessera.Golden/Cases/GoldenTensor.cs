using System.Runtime.InteropServices;
using Tessera.Tensors;

namespace Tessera.Golden;

/// <summary>Numbers with a shape, row-major, from a safetensors file or from nested JSON lists; every type widens to double without loss, except integers above 2⁵³.</summary>
public sealed class GoldenTensor
{
    private readonly double[] _values;

    private GoldenTensor(string name, int[] shape, double[] values)
    {
        Name = name;
        Shape = shape;
        _values = values;
    }

    /// <summary>The key in its file, or the JSON path.</summary>
    public string Name { get; }

    /// <summary>The extents, outermost first; empty for a single number.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>The number of values.</summary>
    public int Length => _values.Length;

    /// <summary>The values.</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>The values as single precision.</summary>
    public float[] ToSingles() => Array.ConvertAll(_values, static v => (float)v);

    /// <summary>The values as whole numbers (ids, masks).</summary>
    public int[] ToInts() => Array.ConvertAll(_values, static v => checked((int)v));

    /// <summary>The values as bytes (raw blocks).</summary>
    public byte[] ToBytes() => Array.ConvertAll(_values, static v => checked((byte)v));

    /// <summary>The rows [from, to) along the first axis.</summary>
    public GoldenTensor Slice(int from, int to)
    {
        var row = _values.Length / Math.Max(1, Shape[0]);
        return new GoldenTensor($"{Name}[{from}..{to}]", [to - from, .. Shape.Skip(1)], _values[(from * row)..(to * row)]);
    }

    internal static GoldenTensor FromNumbers(string name, IReadOnlyList<int> shape, List<double> values) => new(name, [.. shape], [.. values]);

    internal static GoldenTensor FromBytes(string name, TensorFormat format, ReadOnlySpan<long> shape, ReadOnlySpan<byte> bytes)
    {
        // By type rather than through Tensor.ToArray, which gives single precision: some references are in double.
        var values = format switch
        {
            TensorFormat.F64 => MemoryMarshal.Cast<byte, double>(bytes).ToArray(),
            TensorFormat.F32 => Widen(MemoryMarshal.Cast<byte, float>(bytes), static v => v),
            TensorFormat.F16 => Widen(MemoryMarshal.Cast<byte, Half>(bytes), static v => (double)v),
            TensorFormat.BF16 => Widen(MemoryMarshal.Cast<byte, ushort>(bytes), static v => BitConverter.UInt32BitsToSingle((uint)v << 16)),
            TensorFormat.I64 => Widen(MemoryMarshal.Cast<byte, long>(bytes), static v => v),
            TensorFormat.I32 => Widen(MemoryMarshal.Cast<byte, int>(bytes), static v => v),
            TensorFormat.I16 => Widen(MemoryMarshal.Cast<byte, short>(bytes), static v => v),
            TensorFormat.I8 => Widen(MemoryMarshal.Cast<byte, sbyte>(bytes), static v => v),
            TensorFormat.U8 or TensorFormat.Bool => Widen(bytes, static v => v),
            _ => throw new GoldenFormatException(name, $"tensors of type {format} are not known"),
        };
        return new GoldenTensor(name, Array.ConvertAll(shape.ToArray(), static s => checked((int)s)), values);
    }

    private static double[] Widen<T>(ReadOnlySpan<T> from, Func<T, double> widen)
    {
        var values = new double[from.Length];
        for (var i = 0; i < values.Length; i++) values[i] = widen(from[i]);
        return values;
    }
}
