using Tessera.Models;

namespace Tessera.Generation;

/// <summary>A token that a <see cref="SamplerChain"/> chose, and what both distributions say about it.</summary>
/// <param name="Id">The token.</param>
/// <param name="Raw">Under the model's own distribution: the softmax of the row as it came.</param>
/// <param name="Processed">Under the distribution it was drawn from, after all stages.</param>
/// <param name="CandidateCount">Tokens that the stages had left.</param>
/// <param name="Uniform">The uniform number of the draw, in [0, 1); NaN for a forced token.</param>
public readonly record struct TokenChoice(int Id, TokenStatistics Raw, TokenStatistics Processed, int CandidateCount, double Uniform);
