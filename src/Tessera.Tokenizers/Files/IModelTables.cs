using Tessera.Tokenizers.Bpe;

namespace Tessera.Tokenizers.Files;

/// <summary>Where a model's large parts come from: beside its settings, which are JSON in every form of file.</summary>
internal interface IModelTables
{
    /// <summary>The vocabulary; null where there is none in one of the two forms.</summary>
    ModelVocabulary? Vocabulary { get; }

    /// <summary>The BPE with these settings.</summary>
    /// <param name="part">The settings, for messages.</param>
    /// <param name="options">The switches.</param>
    BpeModel Bpe(JsonPart part, BpeOptions options);
}
