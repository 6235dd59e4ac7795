namespace Tessera.Golden;

/// <summary>What became of a case.</summary>
public enum CaseOutcome
{
    /// <summary>A reader ran it, and everything that it compared agrees.</summary>
    Passed,

    /// <summary>Something differs, or a reader threw.</summary>
    Failed,

    /// <summary>No reader covers it, or what it needs is not on this machine.</summary>
    NotCovered,
}
