namespace Tessera.Golden;

/// <summary>A case and what became of it.</summary>
/// <param name="Case">The case.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Failures">What differs, the first of them.</param>
/// <param name="FailureCount">How many comparisons failed.</param>
/// <param name="Unread">Paths of what is expected but was read by no reader; only of cases that ran.</param>
/// <param name="Numbers">How many numbers were compared.</param>
/// <param name="Waived">How many values a reader declared not to be compared.</param>
/// <param name="ShareOfTolerance">The largest difference as a share of its tolerance.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Reason">Why it is not covered, where that is more than "no reader"; or null.</param>
public sealed record CaseResult(
    GoldenCase Case,
    CaseOutcome Outcome,
    IReadOnlyList<GoldenFailure> Failures,
    int FailureCount,
    IReadOnlyList<string> Unread,
    long Numbers,
    int Waived,
    double ShareOfTolerance,
    double Seconds,
    string? Reason)
{
    /// <summary>A case that did not run.</summary>
    public static CaseResult NotCovered(GoldenCase @case, string? reason, double seconds = 0) =>
        new(@case, CaseOutcome.NotCovered, [], 0, [], 0, 0, 0, seconds, reason);
}
