using System.Text.Json;

namespace Tessera.Tokenizers.Templates;

/// <summary>
/// What kinds of conversation a template can take, found out by rendering small ones with marked words and looking for these in the text.
/// A kind that raises an error, loses the word, or prints it in Python's notation counts as not taken.
/// </summary>
public sealed record ChatTemplateCapabilities
{
    private const string Needle = "xqneedleqx";

    /// <summary>Content may be one text.</summary>
    public required bool AcceptsText { get; init; }

    /// <summary>Content may be a list of parts.</summary>
    public required bool AcceptsParts { get; init; }

    /// <summary>A system message is printed.</summary>
    public required bool AcceptsSystem { get; init; }

    /// <summary>An assistant's content may be none where it calls tools.</summary>
    public required bool AcceptsMissingContent { get; init; }

    /// <summary>Tools are printed.</summary>
    public required bool AcceptsTools { get; init; }

    /// <summary>A tool call's arguments may be an object.</summary>
    public required bool AcceptsArgumentObjects { get; init; }

    /// <summary>A tool call's arguments may be a string of JSON.</summary>
    public required bool AcceptsArgumentText { get; init; }

    internal static ChatTemplateCapabilities Probe(ChatTemplate template)
    {
        var acceptsText = Prints(template, $$$"""[{"role":"user","content":"{{{Needle}}}"}]""");
        var acceptsParts = Prints(template, $$$"""[{"role":"user","content":[{"type":"text","text":"{{{Needle}}}"} ]}]""");
        string Content(string text) => acceptsText || !acceptsParts ? $"\"{text}\"" : $$$"""[{"type":"text","text":"{{{text}}}"}]""";
        var user = $$$"""{"role":"user","content":{{{Content("u")}}}}""";
        string Call(string content, string arguments) => $$$"""
            [{{{user}}},{"role":"assistant","content":{{{content}}},"tool_calls":[{"id":"abcdefghi","type":"function","function":
            {"name":"f","arguments":{{{arguments}}} } }]},{"role":"tool","name":"f","tool_call_id":"abcdefghi","content":{{{Content("r")}}}}]
            """;
        var asObject = $$$"""{"k":"{{{Needle}}}"}""";
        var asText = $$$"""{"k": "{{{Needle}}}"}""";
        var tools = $$$"""
            [{"type":"function","function":{"name":"f","description":"{{{Needle}}}","parameters":{"type":"object","properties":{} } } }]
            """;
        return new ChatTemplateCapabilities
        {
            AcceptsText = acceptsText,
            AcceptsParts = acceptsParts,
            AcceptsSystem = Prints(template, $$$"""[{"role":"system","content":{{{Content(Needle)}}} },{{{user}}}]"""),
            AcceptsTools = Prints(template, $"[{user}]", tools),
            AcceptsArgumentObjects = Prints(template, Call(Content("c"), asObject), tools: null, $"\"{Needle}\""),
            AcceptsArgumentText = Prints(template, Call(Content("c"), $"\"{JsonEncodedText.Encode(asText)}\""), tools: null, asText),
            AcceptsMissingContent = Renders(template, Call("null", asObject), null) is { } rendered
                && !rendered.Contains("None", StringComparison.Ordinal) && !rendered.Contains("null", StringComparison.Ordinal),
        };
    }

    private static bool Prints(ChatTemplate template, string messages, string? tools = null, string wanted = Needle) =>
        Renders(template, messages, tools) is { } text && text.Contains(wanted, StringComparison.Ordinal)
        && !text.Contains($"'text': '{Needle}'", StringComparison.Ordinal) && !text.Contains($"\"text\": \"{Needle}\"", StringComparison.Ordinal);

    private static string? Renders(ChatTemplate template, string messages, string? tools)
    {
        try
        {
            return template.Render(new ChatTemplateInput
            {
                MessagesJson = JsonElement.Parse(messages),
                Tools = tools is null ? null : JsonElement.Parse(tools),
                SpecialTokens = new Dictionary<string, string> { ["bos_token"] = "", ["eos_token"] = "" },
                AddGenerationPrompt = true,
            }).Text;
        }
        catch (TesseraException)
        {
            return null; // a refusal is the answer that was asked for
        }
    }
}
