namespace Tessera.Models.Modules;

/// <summary>The weights of attention to an encoder's output.</summary>
/// <param name="Norm">The norm before it.</param>
/// <param name="Attention">Queries from the decoder; keys and values from the encoder's output, computed once for a source.</param>
public sealed record CrossAttentionWeights(NormWeights Norm, AttentionWeights Attention);
