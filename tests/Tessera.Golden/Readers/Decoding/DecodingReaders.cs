namespace Tessera.Golden;

/// <summary>The readers of the family decoding.</summary>
internal static class DecodingReaders
{
    public static IReadOnlyList<IGoldenReader> List { get; } =
    [
        new SamplerStageReader(), new GenerationConfigReader(), new MirostatReader(), new GenerateReader(), new EastReader(), new EastModelReader(),
        new SkipDecodeReader(),
        new TypicalReader(), new RecyclingTemplateReader(), new RecyclingRunReader(),
        new VerificationLawReader(), new VerificationTreeReader(), new VerificationLayoutReader(), new KSequentialReader(), new MultiDraftReader(), new DynamicTreeReader(),
    ];
}
