namespace Tessera.Golden;

/// <summary>One thing that is not as expected.</summary>
/// <param name="Path">Where in the case.</param>
/// <param name="Expected">What should have come out.</param>
/// <param name="Got">What came out.</param>
/// <param name="Tolerance">How far off it may be.</param>
public sealed record GoldenFailure(string Path, string Expected, string Got, string Tolerance);
