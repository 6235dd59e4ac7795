namespace Tessera.Golden;

/// <summary>The readers of the family adaptation.</summary>
internal static class AdaptationReaders
{
    public static IReadOnlyList<IGoldenReader> List { get; } =
    [
        new EncoderStatesReader(),
        new EncoderFineTuningReader(),
        new CompressionReader(),
        new KeepAnnotationReader(),
        new ByteProbabilityReader(),
        new RealByteReader(),
        new ByteStepsReader(),
    ];
}
