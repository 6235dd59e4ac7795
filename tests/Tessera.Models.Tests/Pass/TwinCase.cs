using Tessera.Models.Passes;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Tests.Passes;

/// <summary>One operation of a pass beside its definition in double precision.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Operations">The operations of the tape that it goes through, as the classes are called.</param>
/// <param name="Leaves">What takes a gradient.</param>
/// <param name="Forward">The operation.</param>
/// <param name="Twin">The definition: the leaves' numbers to the output's.</param>
internal sealed record TwinCase(string Name, string[] Operations, TwinLeaf[] Leaves, Func<TwinRun, Value> Forward, Func<double[][], double[]> Twin)
{
    /// <summary>Fills the rows of the pass; null where the operation asks nothing of them.</summary>
    public Action<RowBatch, Parameter?[]>? Rows { get; init; }

    public override string ToString() => Name;
}

/// <summary>Numbers that take a gradient: a value of the pass, or a parameter.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Width">Floats in a row.</param>
/// <param name="IsParameter">Whether it is a parameter.</param>
/// <param name="Centre">What the numbers lie around.</param>
/// <param name="Shape">The parameter's shape; [rows, width] if null.</param>
/// <param name="Name">The parameter's name.</param>
internal sealed record TwinLeaf(int Rows, int Width, bool IsParameter = false, double Centre = 0, long[]? Shape = null, string Name = "leaf")
{
    /// <summary>A parameter that is there already; its values are overwritten.</summary>
    public Parameter? Existing { get; init; }
}

/// <summary>The leaves in a pass.</summary>
internal sealed class TwinRun(Pass pass, Value[] values, Parameter?[] parameters)
{
    public Pass Pass => pass;

    public Value V(int leaf) => values[leaf];

    public Parameter P(int leaf) => parameters[leaf]!;
}
