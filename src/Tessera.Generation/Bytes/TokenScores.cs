namespace Tessera.Generation;

/// <summary>Is given a row of a model.</summary>
/// <param name="index">Which of the lists that were asked for the row belongs to.</param>
/// <param name="scores">Natural logarithms of the next token's probabilities, up to a number that is the same for all, <c>[vocabulary]</c>; valid during the call.</param>
public delegate void TokenScores(int index, ReadOnlySpan<double> scores);
