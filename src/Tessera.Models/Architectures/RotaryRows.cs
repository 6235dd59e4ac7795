using Tessera.Tensors;
using Tessera.Tensors.Formats;

namespace Tessera.Models.Architectures;

/// <summary>
/// The two orders of the rows of a query or key matrix: halves (Hugging Face: row i of a head turns with row i + d/2) and interleaved
/// (GGUF's llama: rows 2i and 2i + 1). Whole rows move, so that quantised blocks stay as they are.
/// </summary>
internal static unsafe class RotaryRows
{
    /// <summary>From interleaved rows to halves, as a copy.</summary>
    public static Tensor ToHalves(Tensor interleaved, int heads) => Permuted(interleaved, heads, (row, half) => row < half ? 2 * row : 2 * (row - half) + 1);

    /// <summary>From halves to interleaved rows, as a copy.</summary>
    public static Tensor ToInterleaved(Tensor halves, int heads) => Permuted(halves, heads, (row, half) => row / 2 + (row % 2 == 0 ? 0 : half));

    private static Tensor Permuted(Tensor source, int heads, Func<int, int, int> sourceRow)
    {
        var shape = source.Shape.Span;
        var rows = shape[0];
        if (rows % heads != 0 || rows / heads % 2 != 0) throw new ArgumentException($"{rows} rows are no {heads} heads of pairs.", nameof(source));
        var size = (int)(rows / heads);
        var result = Tensor.Create(source.Format, shape);
        var rowBytes = source.ByteLength / rows;
        for (var head = 0; head < heads; head++)
        {
            for (var row = 0; row < size; row++)
            {
                var from = source.Data + ((long)head * size + sourceRow(row, size / 2)) * rowBytes;
                Buffer.MemoryCopy(from, result.Data + ((long)head * size + row) * rowBytes, rowBytes, rowBytes);
            }
        }

        return result;
    }
}
