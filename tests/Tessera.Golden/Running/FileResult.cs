namespace Tessera.Golden;

/// <summary>A case file and what became of its cases.</summary>
/// <param name="File">The file.</param>
/// <param name="Cases">Its cases, those that were to be run.</param>
/// <param name="IsAborted">Whether a case never ended, so that nothing after it could run.</param>
public sealed record FileResult(GoldenFile File, IReadOnlyList<CaseResult> Cases, bool IsAborted)
{
    /// <summary>How many cases passed.</summary>
    public int Passed => Cases.Count(static c => c.Outcome == CaseOutcome.Passed);

    /// <summary>How many cases failed.</summary>
    public int Failed => Cases.Count(static c => c.Outcome == CaseOutcome.Failed);

    /// <summary>How many cases are not covered.</summary>
    public int NotCovered => Cases.Count(static c => c.Outcome == CaseOutcome.NotCovered);

    /// <summary>How many numbers were compared.</summary>
    public long Numbers => Cases.Sum(static c => c.Numbers);

    /// <summary>How long it took.</summary>
    public double Seconds => Cases.Sum(static c => c.Seconds);
}
