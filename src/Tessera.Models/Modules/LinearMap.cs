using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Modules;

/// <summary>The weights of y = x·Wᵀ + b: a matrix [out, in] and, where the architecture has one, a bias [out].</summary>
/// <param name="Weight">The matrix.</param>
/// <param name="Bias">The bias, or null.</param>
public sealed record LinearMap(Parameter Weight, Parameter? Bias = null)
{
    /// <summary>Floats of an output row.</summary>
    public int Outputs => (int)Weight.Tensor.Shape.Span[0];

    /// <summary>Floats of an input row.</summary>
    public int Inputs => (int)Weight.Tensor.Shape.Span[1];

    /// <summary>Whether a backward pass adds to a gradient of the matrix or the bias.</summary>
    public bool IsTrained => Weight.IsTrained || Bias is { IsTrained: true };
}
