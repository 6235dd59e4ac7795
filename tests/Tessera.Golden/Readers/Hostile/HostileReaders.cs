namespace Tessera.Golden;

/// <summary>The readers of the family hostile.</summary>
internal static class HostileReaders
{
    public static IReadOnlyList<IGoldenReader> List { get; } = [];
}
