namespace Tessera.Golden;

/// <summary>The readers of the family tokenizers.</summary>
internal static class TokenizerReaders
{
    public static IReadOnlyList<IGoldenReader> List { get; } =
    [
        new EncodingReader(),
        new GgufTokenizerReader(),
        new GgufEncodingReader(),
        new DocumentReader(),
        new TokenizerEveryScalarReader(),
        new NormalizerReader(),
        new PreTokenizerReader(),
        new PatternReader(),
        new DecoderReader(),
        new ComponentEveryScalarReader(),
        new PostProcessorReader(),
        new TruncationReader(),
        new SentencePieceReader(),
        new TiktokenReader(),
        new UnigramLatticeReader(),
        new MalformedTokenizerReader(),
        new HostileTokenizerReader(),
        new BpeTrainingReader(),
        new WordTrainingReader(),
        new UnigramTrainingReader(),
        new SentencePieceTrainingReader(),
        new LessIsBetterReader(),
        new BpeDropoutReader(),
        new EqualInfoReader(),
        new VocabularyClassReader(),
        new VocabularyCompositionReader(),
        new LexicalIntegrityReader(),
        new MarkovTheoryReader(),
        new KlueMetricReader(),
        new EntityAlignmentReader(),
        new MorphemeTrainingReader(),
        new TypedVocabularyReader(),
        new ChunkerReader(),
        new CustomTokenReader(),
        new DomainTrainingReader(),
    ];
}
