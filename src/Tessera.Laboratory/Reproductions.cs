namespace Tessera.Laboratory;

/// <summary>The reproductions that Tessera brings, by their methods' names.</summary>
public static class Reproductions
{
    /// <summary>All, in the order of their names.</summary>
    public static IReadOnlyList<IReproduction> All { get; } =
    [
        new EastReproduction(),
        new EqualInfoReproduction(),
        new ExactByteReproduction(),
        new HeavyHitterReproduction(),
        new LazyLlmReproduction(),
        new TokenRecyclingReproduction(),
        new TypicalSamplingReproduction(),
    ];
}
