namespace Tessera.Laboratory;

/// <summary>One claim of a paper and what became of it here.</summary>
/// <param name="Claim">What the paper says, with its figures and on which models.</param>
/// <param name="Measured">What was measured here, with figures.</param>
/// <param name="Verdict">Whether it holds here.</param>
public sealed record ReproductionClaim(string Claim, string Measured, Verdict Verdict);
