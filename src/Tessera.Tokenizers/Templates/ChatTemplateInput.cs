using System.Text.Json;

namespace Tessera.Tokenizers.Templates;

/// <summary>What a chat template is rendered with.</summary>
public sealed record ChatTemplateInput
{
    /// <summary>The conversation. Ignored if <see cref="MessagesJson"/> is given.</summary>
    public IReadOnlyList<ChatMessage> Messages { get; init; } = [];

    /// <summary>The conversation as a JSON array of objects, keys and order as the template will see them. Default none.</summary>
    public JsonElement? MessagesJson { get; init; }

    /// <summary>Descriptions of tools: a JSON array. The template sees none if absent.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>Documents to answer from: a JSON array. The template sees none if absent.</summary>
    public JsonElement? Documents { get; init; }

    /// <summary>Whether the text ends with the beginning of an assistant's turn. Default false.</summary>
    public bool AddGenerationPrompt { get; init; }

    /// <summary>
    /// Whether the last message is to be continued: the text ends with its content. Excludes <see cref="AddGenerationPrompt"/>. Default false.
    /// </summary>
    public bool ContinueFinalMessage { get; init; }

    /// <summary>
    /// The tokenizer's special tokens by variable name (<c>bos_token</c>, <c>eos_token</c> …). Leave out those that the tokenizer does not
    /// have: they are undefined then and print nothing. Many templates print <c>bos_token</c> themselves; tokenise the text without
    /// adding another.
    /// </summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; init; } = new Dictionary<string, string>();

    /// <summary>Further variables (<c>enable_thinking</c>, <c>date_string</c> …); they win over the ones above. Default none.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Where <c>strftime_now</c> reads the time (local). Default the system's clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>
    /// Whether to record which parts of the text came from messages, tools, documents and variables, see
    /// <see cref="RenderedChat.ContentRanges"/>. Default false.
    /// </summary>
    public bool TrackContent { get; init; }

    /// <summary>
    /// Whether to fit the conversation to what the template can take: content as text or as parts, arguments as an object or as text, a
    /// system message folded into the first user turn, missing content as empty text. Default false: the template gets what was given.
    /// </summary>
    public bool Adapt { get; init; }
}
