namespace Tessera.Generation;

/// <summary>
/// A model as generation sees it: something that makes sequences. Immutable and shared by any number of sessions. Knows nothing of
/// text. <see cref="ModelDecoder"/> is a loaded model; <see cref="FakeDecoder"/> is a stand-in for tests.
/// </summary>
public interface IDecoder
{
    /// <summary>Logits in a row.</summary>
    int VocabularySize { get; }

    /// <summary>The most tokens that a sequence may hold.</summary>
    int ContextLength { get; }

    /// <summary>An empty sequence.</summary>
    IDecoderSequence NewSequence();
}
