namespace Tessera.Laboratory;

/// <summary>What a reproduction found.</summary>
public sealed record ReproductionReport
{
    /// <summary>The claims of the paper beside what was measured, the main one first; at least one.</summary>
    public required IReadOnlyList<ReproductionClaim> Claims { get; init; }

    /// <summary>The figures.</summary>
    public IReadOnlyList<ReportTable> Tables { get; init; } = [];

    /// <summary>The figures, drawn.</summary>
    public IReadOnlyList<ReportChart> Charts { get; init; } = [];

    /// <summary>What a reader must know to judge the figures: how it differs from the paper's set-up, and likely reasons for what differs.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The verdict on the whole: that of the claim that fares worst.</summary>
    public Verdict Verdict => Claims.Max(c => c.Verdict);
}
