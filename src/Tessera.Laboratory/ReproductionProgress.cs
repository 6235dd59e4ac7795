namespace Tessera.Laboratory;

/// <summary>How far a reproduction has come.</summary>
/// <param name="Done">The share of the work, from 0 to 1.</param>
/// <param name="What">What is going on, in a few words.</param>
public readonly record struct ReproductionProgress(double Done, string What);
