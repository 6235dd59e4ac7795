using Tessera.Models.Files;
using Tessera.Tensors;

namespace Tessera.Fuzz;

/// <summary>Reads the data of opened files the way a loader does: first and last row of every tensor, widened.</summary>
internal static class TensorUse
{
    private const long MostColumns = 1 << 20;
    private static readonly float[] Row = new float[MostColumns];

    public static void Touch(IWeightSource source)
    {
        var total = 0L;
        foreach (var info in source.Tensors.Values)
        {
            var tensor = source.GetTensor(info.Name);
            if (tensor.ByteLength != info.ByteLength) throw new InvalidOperationException($"{info.Name}: {tensor.ByteLength} bytes, {info.ByteLength} announced");
            total += info.ByteLength;
            Touch(tensor);
        }

        if (total != source.WeightBytes) throw new InvalidOperationException($"{total} bytes, {source.WeightBytes} announced");
    }

    private static void Touch(Tensor tensor)
    {
        if (tensor.Count == 0) return;
        var columns = tensor.Shape.Length == 0 ? 1 : tensor.Shape.Span[^1];
        if (columns > MostColumns) return;
        var matrix = tensor.Reshape(tensor.Count / columns, columns);
        matrix.CopyRowTo(0, Row.AsSpan(0, (int)columns));
        matrix.CopyRowTo(tensor.Count / columns - 1, Row.AsSpan(0, (int)columns));
    }
}
