namespace Tessera.Tokenizers.Templates;

/// <summary>One part of a message's content.</summary>
/// <param name="Type">The kind of part: <c>text</c>, <c>image</c> …</param>
/// <param name="Text">The text of a text part; null for other kinds.</param>
public sealed record ChatContentPart(string Type, string? Text = null)
{
    /// <summary>A text part.</summary>
    /// <param name="text">Its text.</param>
    public static ChatContentPart OfText(string text) => new("text", text);
}
