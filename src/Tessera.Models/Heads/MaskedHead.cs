using Tessera.Models.Modules;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Heads;

/// <summary>BERT's masked-language-model head: a transformation, a norm, and the embedding table with a bias.</summary>
/// <param name="Transform">[width, width].</param>
/// <param name="Activation">Behind the transformation.</param>
/// <param name="Norm">Behind the activation.</param>
/// <param name="Decoder">[vocabulary, width].</param>
public sealed record MaskedHead(LinearMap Transform, ActivationFunction Activation, NormWeights Norm, LinearMap Decoder);
