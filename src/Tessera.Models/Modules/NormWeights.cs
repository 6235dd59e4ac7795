using Tessera.Models.Architectures;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Modules;

/// <summary>The weights and constants of a norm over rows, or over equal parts of rows (heads).</summary>
/// <param name="Kind">Root mean square, or mean and variance.</param>
/// <param name="Gain">The gain.</param>
/// <param name="Bias">The bias of a layer norm, or null.</param>
/// <param name="Epsilon">Added to the variance.</param>
/// <param name="GainOffset">Added to the stored gain (1 for Gemma).</param>
public sealed record NormWeights(NormKind Kind, Parameter Gain, Parameter? Bias, float Epsilon, float GainOffset)
{
    /// <summary>Floats that are normalised together.</summary>
    public int Width => (int)Gain.Tensor.Count;

    /// <summary>Whether a backward pass adds to a gradient of the gain or the bias.</summary>
    public bool IsTrained => Gain.IsTrained || Bias is { IsTrained: true };
}
