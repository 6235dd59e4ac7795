using Tessera.Models.Architectures;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.Modules;

/// <summary>The weights of one selective state-space layer (Mamba).</summary>
/// <param name="Config">Its sizes.</param>
/// <param name="In">Width to twice the inner width: the inputs of the scan, and its gate.</param>
/// <param name="Convolution">Taps of the causal convolution, [inner, 1, taps].</param>
/// <param name="ConvolutionBias">Its bias, or null.</param>
/// <param name="Select">Inner width to the time step's rank, B and C, side by side.</param>
/// <param name="TimeStep">The time step's rank to the inner width.</param>
/// <param name="LogA">ln(−A), [inner, state size].</param>
/// <param name="Skip">The direct path D, [inner].</param>
/// <param name="Out">Inner width to width.</param>
public sealed record MambaWeights(
    MambaConfig Config, LinearMap In, Parameter Convolution, Parameter? ConvolutionBias, LinearMap Select, LinearMap TimeStep,
    Parameter LogA, Parameter Skip, LinearMap Out);
