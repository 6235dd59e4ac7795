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
        new DomainTokenizerReproduction(),
        new LazyLlmReproduction(),
        new MorphemeReproduction(),
        new QtokReproduction(),
        new SupertokenReproduction(),
        new MarkovTheoryReproduction(),
        new TokenRecyclingReproduction(),
        new TypicalSamplingReproduction(),
    ];
}
