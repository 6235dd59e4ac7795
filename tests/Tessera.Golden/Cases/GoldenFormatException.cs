namespace Tessera.Golden;

/// <summary>A case file does not have the form that a reader expects of it: a failure of the case, not a reason to leave it out.</summary>
/// <param name="path">Where in the case.</param>
/// <param name="reason">What is wrong there.</param>
public sealed class GoldenFormatException(string path, string reason) : Exception($"{path}: {reason}");
