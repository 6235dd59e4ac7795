using Tessera.Models.Adapters;
using Tessera.Models.Modules;
using Tessera.Tensors;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Tests.Adapters;

/// <summary>Adapters with random factors for a toy model.</summary>
internal static class ToyAdapters
{
    /// <summary>An adapter of every matrix in a stack's layers.</summary>
    public static Adapter For(Stack stack, int rank, ulong seed)
    {
        var random = new Random((int)seed);
        var maps = stack.Blocks.SelectMany(b => b.Maps).ToDictionary(m => m.Weight.Name, m => Map(m.Outputs, m.Inputs, rank, random));
        return new Adapter($"toy{seed}", maps);
    }

    /// <summary>A pair of factors.</summary>
    public static LowRankMap Map(int outputs, int inputs, int rank, Random random) => new(Random("A", random, rank, inputs), Random("B", random, outputs, rank), 2f / rank);

    private static Parameter Random(string name, Random random, int rows, int columns)
    {
        var tensor = Tensor.Create(TensorFormat.F32, rows, columns);
        foreach (ref var value in tensor.Values) value = (float)(random.NextDouble() - 0.5);
        return new Parameter(name, tensor);
    }
}
