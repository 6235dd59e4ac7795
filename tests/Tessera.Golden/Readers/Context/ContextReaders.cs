namespace Tessera.Golden;

/// <summary>The readers of the family context.</summary>
internal static class ContextReaders
{
    public static IReadOnlyList<IGoldenReader> List { get; } =
    [
        new QuantisedCacheReader(), new CachedAttentionReader(), new AttentionObservationReader(),
        new LazyTokenPruningReader(), new ContextualTokenSparsityReader(), new SoftplusAttentionReader(),
        new HeavyHitterReader(), new StepPolicyReader(), new PressScoreReader(), new PressModelReader(), new PolicyPerplexityReader(), new RealPolicyReader(),
        new SnapKvOriginalReader(), new TokenSelectReader(), new GemFilterReader(), new QuestReader(),
    ];
}
