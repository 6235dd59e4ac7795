namespace Tessera.Golden;

/// <summary>The readers of the family learning.</summary>
internal static class LearningReaders
{
    public static IReadOnlyList<IGoldenReader> List { get; } = [new PhiloxReader()];
}
