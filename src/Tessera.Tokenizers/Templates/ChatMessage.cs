using System.Text.Json;

namespace Tessera.Tokenizers.Templates;

/// <summary>
/// One message of a conversation. A property that is null is left out of what the template sees, except <see cref="Content"/> without
/// <see cref="Parts"/>, which it sees as none. For anything that does not fit, give messages as JSON in
/// <see cref="ChatTemplateInput.MessagesJson"/>.
/// </summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c>, <c>tool</c>, or whatever the template knows.</param>
/// <param name="Content">The text; null for an assistant that only calls tools, or when <see cref="Parts"/> are given.</param>
public sealed record ChatMessage(string Role, string? Content = null)
{
    /// <summary>The content as a list of parts instead of one text. Default null.</summary>
    public IReadOnlyList<ChatContentPart>? Parts { get; init; }

    /// <summary>Tool calls that the assistant made. Default null.</summary>
    public IReadOnlyList<ChatToolCall>? ToolCalls { get; init; }

    /// <summary>What the assistant thought before answering. Default null.</summary>
    public string? ReasoningContent { get; init; }

    /// <summary>Name of the speaker or of the tool. Default null.</summary>
    public string? Name { get; init; }

    /// <summary>For a tool's answer: which call it answers. Default null.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>Further keys of the message. Default none.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Extra { get; init; }
}
