namespace Tessera.Golden;

/// <summary>
/// Thrown by a reader that finds, while running, that it can't judge the case (a real model that is not on this machine, a feature that
/// the engine does not offer). The case is then counted as not covered, with this reason.
/// </summary>
/// <param name="reason">Why, in words for the table's reader.</param>
public sealed class NotCoveredException(string reason) : Exception(reason);
