namespace Tessera.Context.Compression;

/// <summary>
/// How a context is cut into what the encoder reads, and how the words that stay become text again: as they stand in the context
/// (<see cref="SourceText"/>) or as the published package spells them (<see cref="OfficialText"/>). Knows nothing of probabilities and
/// thresholds.
/// </summary>
internal abstract class PromptText
{
    /// <summary>The chunks of a context.</summary>
    public abstract List<PromptChunk> Chunks(string context);

    /// <summary>The words of a chunk, with the probabilities where the encoder has read it.</summary>
    public abstract List<PromptWord> Words(string context, PromptChunk chunk);

    /// <summary>The text of the words that stay.</summary>
    /// <param name="context">The context.</param>
    /// <param name="words">All its words, chunk by chunk.</param>
    public abstract string Join(string context, IReadOnlyList<List<PromptWord>> words);

    /// <summary>A context of which everything stays, and its words.</summary>
    public abstract (string Text, List<PromptWord> Words) Whole(string context, List<PromptChunk> chunks);

    /// <summary>A word's text as results show it.</summary>
    public abstract string Shown(PromptWord word);

    /// <summary>The texts whose tokens the size of a kept context is: itself, or its chunks.</summary>
    public abstract IEnumerable<string> Counted(string context, List<PromptChunk> chunks);

    /// <summary>The score of a context by its words: the mean of what the encoder alone says.</summary>
    public abstract double Score(IReadOnlyList<PromptWord> words, WordProbability mode);
}
