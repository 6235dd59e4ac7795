namespace Tessera.Golden;

/// <summary>The readers of the family tokenizers.</summary>
internal static class TokenizerReaders
{
    public static IReadOnlyList<IGoldenReader> List { get; } =
    [
        new EncodingReader(),
        new DocumentReader(),
        new TokenizerEveryScalarReader(),
        new BpeTrainingReader(),
        new HostileTokenizerReader(),
        new TruncationReader(),
        new GgufTokenizerReader(),
        new DecoderPartReader(),
    ];
}
