using Tessera.Tensors.Kernels;

namespace Tessera.Models.Modules;

/// <summary>The matrices of a feed-forward layer.</summary>
/// <param name="Gate">The gate, or null where the layer is not gated.</param>
/// <param name="Up">Width to hidden width.</param>
/// <param name="Down">Hidden width to width.</param>
/// <param name="Activation">The non-linearity, applied to the gate or, without one, to <paramref name="Up"/>'s output.</param>
public sealed record FeedForwardWeights(LinearMap? Gate, LinearMap Up, LinearMap Down, ActivationFunction Activation);
