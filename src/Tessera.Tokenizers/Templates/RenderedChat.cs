namespace Tessera.Tokenizers.Templates;

/// <summary>
/// A conversation as the text that the model was trained on. Tokenise it with special tokens recognised and none added. Ranges are
/// [start, end) in Unicode code points of <see cref="Text"/>.
/// </summary>
public sealed record RenderedChat
{
    /// <summary>The text.</summary>
    public required string Text { get; init; }

    /// <summary>
    /// What the assistant says, as the template's generation blocks mark it, in the order in which the blocks end; empty if it has none.
    /// </summary>
    public required IReadOnlyList<(int Start, int End)> AssistantRanges { get; init; }

    /// <summary>
    /// The parts that came from the conversation (and tools, documents, variables), ascending and disjoint; everything else is the
    /// template's. Encode these parts as plain text, and the special-token text that a user typed stays text. A message's role counts as
    /// the template's if it is a plain word (letters, digits, '_', '-'), because templates build special tokens from it. Tokens at the
    /// seams may differ from those of the text encoded as a whole. Null unless <see cref="ChatTemplateInput.TrackContent"/> was set.
    /// </summary>
    public IReadOnlyList<(int Start, int End)>? ContentRanges { get; init; }
}
