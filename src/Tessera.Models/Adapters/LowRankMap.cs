using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Adapters;

/// <summary>What an adapter adds to one linear map: Scale·(x·Aᵀ)·Bᵀ. Immutable but for what an optimiser does to A and B, if they are trained.</summary>
public sealed class LowRankMap
{
    /// <summary>Puts a pair of factors together.</summary>
    /// <param name="a">A, [rank, in].</param>
    /// <param name="b">B, [out, rank].</param>
    /// <param name="scale">What the product is multiplied by: α/rank, finite.</param>
    /// <exception cref="ArgumentException">The factors are no matrices of one rank, or the scale is not finite.</exception>
    public LowRankMap(Parameter a, Parameter b, float scale)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        var down = a.Tensor.Shape.Span;
        var up = b.Tensor.Shape.Span;
        if (down.Length != 2 || up.Length != 2 || down[0] != up[1] || down[0] == 0)
            throw new ArgumentException($"A is [rank, in] and B is [out, rank]; these are [{string.Join(", ", down.ToArray())}] and [{string.Join(", ", up.ToArray())}].", nameof(b));
        if (!float.IsFinite(scale)) throw new ArgumentException($"The scale is {scale}.", nameof(scale));
        (A, B, Scale) = (a, b, scale);
        (Rank, Inputs, Outputs) = (checked((int)down[0]), checked((int)down[1]), checked((int)up[0]));
    }

    /// <summary>A, [rank, in].</summary>
    public Parameter A { get; }

    /// <summary>B, [out, rank].</summary>
    public Parameter B { get; }

    /// <summary>What the product is multiplied by.</summary>
    public float Scale { get; }

    /// <summary>The rank.</summary>
    public int Rank { get; }

    /// <summary>Floats of an input row.</summary>
    public int Inputs { get; }

    /// <summary>Floats of an output row.</summary>
    public int Outputs { get; }

    /// <summary>Whether a backward pass adds to a gradient of A or B.</summary>
    public bool IsTrained => A.IsTrained || B.IsTrained;
}
