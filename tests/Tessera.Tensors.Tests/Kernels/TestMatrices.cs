using System.Collections.Concurrent;
using Tessera.Tensors.Formats;
using Tessera.Tensors.Kernels;

namespace Tessera.Tensors.Tests.Kernels;

/// <summary>Random matrices and activations, and the definitions of the products, one operation at a time.</summary>
internal static unsafe class TestMatrices
{
    /// <summary>Formats with an integer kernel.</summary>
    public static readonly TensorFormat[] IntegerFormats =
    [
        TensorFormat.Q8_0, TensorFormat.Q4_0, TensorFormat.Q4_1, TensorFormat.Q5_0, TensorFormat.Q5_1,
        TensorFormat.Q4_K, TensorFormat.Q5_K, TensorFormat.Q6_K,
    ];

    /// <summary>Formats without one, the large families by a member each.</summary>
    public static readonly TensorFormat[] FloatFormats =
        [TensorFormat.F32, TensorFormat.F16, TensorFormat.BF16, TensorFormat.Q2_K, TensorFormat.Q3_K, TensorFormat.IQ4_NL, TensorFormat.IQ4_XS];

    /// <summary>The names of the paths that run here.</summary>
    public static IEnumerable<string> SupportedPaths => Enum.GetValues<KernelPath>().Where(KernelTable.IsSupported).Select(p => p.ToString());

    public static KernelTable Table(string path) => KernelTable.Of(Enum.Parse<KernelPath>(path));

    public static float[] Numbers(int count, uint stream, double scale = 1)
    {
        var key = new RandomKey(7, stream, 0, RandomPurpose.Initialise);
        var values = new float[count];
        for (var i = 0; i < count; i++) values[i] = (float)(scale * key.Normal((uint)i));
        return values;
    }

    private static readonly ConcurrentDictionary<(TensorFormat, int, int, uint), Tensor> Made = new();
    private static readonly ConcurrentDictionary<(TensorFormat, int, int, int), float[]> Products = new();

    /// <summary>A random matrix; the same object for the same arguments, so do not write to it.</summary>
    public static Tensor Weights(TensorFormat format, int rows, int columns, uint stream = 1) =>
        Made.GetOrAdd((format, rows, columns, stream), _ => Make(format, rows, columns, stream));

    /// <summary>The exact product of <see cref="Weights"/> with the activations of stream 2.</summary>
    public static float[] ExactProduct(TensorFormat format, int outputs, int columns, int rows) =>
        Products.GetOrAdd((format, outputs, columns, rows), _ => Exact(Numbers(rows * columns, 2), rows, Weights(format, outputs, columns)));

    private static Tensor Make(TensorFormat format, int rows, int columns, uint stream)
    {
        var values = Numbers(rows * columns, stream, 0.05);
        if (format == TensorFormat.F32) return Tensor.FromValues(values, rows, columns);
        var tensor = Tensor.Create(format, rows, columns);
        BlockFormat.Quantise(format, values, new Span<byte>(tensor.Data, (int)tensor.ByteLength));
        return tensor;
    }

    /// <summary>The exact product by its definition.</summary>
    public static float[] Exact(float[] x, int rows, Tensor weights, float[]? bias = null)
    {
        var (outputs, columns) = ((int)weights.Shape.Span[0], (int)weights.Shape.Span[1]);
        var w = weights.ToArray();
        var y = new float[rows * outputs];
        for (var r = 0; r < rows; r++)
        {
            for (var n = 0; n < outputs; n++)
            {
                var sum = 0f;
                for (var k = 0; k < columns; k++) sum = MathF.FusedMultiplyAdd(x[r * columns + k], w[n * columns + k], sum);
                y[r * outputs + n] = bias is null ? sum : sum + bias[n];
            }
        }

        return y;
    }
}
