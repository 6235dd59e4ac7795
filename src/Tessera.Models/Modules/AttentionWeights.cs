using Tessera.Models.Attention;
using Tessera.Tensors.Autodiff;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.Modules;

/// <summary>The weights and constants of one attention layer.</summary>
/// <param name="Query">Width to heads × head size.</param>
/// <param name="Key">Width to KV heads × head size.</param>
/// <param name="Value">Width to KV heads × head size.</param>
/// <param name="Out">Heads × head size to width.</param>
/// <param name="QueryNorm">Norm of queries before rotation, or null.</param>
/// <param name="KeyNorm">Norm of keys before rotation, or null.</param>
/// <param name="Rotary">The rotation, or null.</param>
/// <param name="Rule">How a score is shaped and normalised.</param>
/// <param name="RuleWeights">What the rule has learnt (T5's biases), or null.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">Key-value heads.</param>
/// <param name="HeadSize">Floats of a head.</param>
public sealed record AttentionWeights(
    LinearMap Query, LinearMap Key, LinearMap Value, LinearMap Out, NormWeights? QueryNorm, NormWeights? KeyNorm, RotaryTable? Rotary,
    AttentionRule Rule, Parameter? RuleWeights, int Heads, int KvHeads, int HeadSize);
