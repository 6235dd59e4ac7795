namespace Tessera.Models;

/// <summary>A token that could stand at a position, with its log-probability under the distribution it was taken from.</summary>
/// <param name="Id">The token id.</param>
/// <param name="LogProbability">Natural logarithm of its probability.</param>
public readonly record struct TokenAlternative(int Id, double LogProbability);
