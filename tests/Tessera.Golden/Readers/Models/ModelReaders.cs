namespace Tessera.Golden;

/// <summary>The readers of the families models-tiny, models-real.</summary>
internal static class ModelReaders
{
    public static IReadOnlyList<IGoldenReader> List { get; } =
    [
        new BlockFormatReader(),
        new ActivationReader(),
        new RotaryReader(),
        new PositionReader(),
        new DecoderForwardReader(),
        new DecoderGreedyReader(),
        new DecoderLossReader(),
        new DecoderIncrementalReader(),
        new RecurrentIncrementalReader(),
        new TreeMaskReader(),
        new HookEditsReader(),
        new RefusedModelReader(),
        new EncoderDecoderReader(),
        new EncoderForwardReader(),
        new EncoderLossReader(),
        new RealForwardReader(),
        new RealGreedyReader(),
        new RealPerplexityReader(),
        new FastModeReader(),
        new RealAnswerTextReader(),
        new EmbeddingReader(),
    ];
}
