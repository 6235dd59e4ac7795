using System.Text.Json;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Rendering;

/// <summary>
/// Turns an input into the variables of a rendering, with what the transformers library does around a template: tools and documents are
/// none when absent, and a message's reasoning is found under each of its usual names.
/// </summary>
internal sealed class ConversationVariables(ChatTemplateInput input)
{
    private readonly JsonValues _json = new(input.TrackContent);

    /// <summary>The messages as values.</summary>
    public Value Messages()
    {
        if (input.MessagesJson is not { } json)
            return Value.List([.. input.Messages.Select(Message)]);
        if (json.ValueKind != JsonValueKind.Array)
            throw new ArgumentException("MessagesJson must be a JSON array.", nameof(input));
        var messages = _json.Convert(json, "messages").Items;
        foreach (var message in messages)
        {
            if (message.Kind == ValueKind.Dictionary)
                Normalise(message.Dictionary);
        }

        return Value.List(messages);
    }

    /// <summary>The values that the template's names have at the start; only names that it mentions are converted.</summary>
    public Value[] Fill(CompiledTemplate template, in Value messages)
    {
        var values = (Value[])template.Globals.Clone();
        for (var i = 0; i < values.Length; i++)
        {
            var name = template.Names[i];
            if (input.Variables.TryGetValue(name, out var extra))
                values[i] = _json.Convert(extra, name);
            else if (name == "messages")
                values[i] = messages;
            else if (name == "add_generation_prompt")
                values[i] = Value.Of(input.AddGenerationPrompt);
            else if (name == "tools")
                values[i] = Optional(input.Tools, name);
            else if (name == "documents")
                values[i] = Optional(input.Documents, name);
            else if (input.SpecialTokens.TryGetValue(name, out var token))
                values[i] = Value.Of(token);
        }

        return values;
    }

    private Value Optional(JsonElement? element, string name) => element is { } given ? _json.Convert(given, name) : Value.None;

    private Value Message(ChatMessage message)
    {
        var dictionary = new ValueDictionary(6);
        dictionary.Set(Value.Of("role"), Role(message.Role));
        dictionary.Set(Value.Of("content"), message.Parts is { } parts ? Value.List([.. parts.Select(Part)])
            : message.Content is null ? Value.None : _json.Text(message.Content));
        SetText(dictionary, "reasoning_content", message.ReasoningContent);
        if (message.ToolCalls is { } calls)
            dictionary.Set(Value.Of("tool_calls"), Value.List([.. calls.Select(ToolCall)]));
        SetText(dictionary, "name", message.Name);
        SetText(dictionary, "tool_call_id", message.ToolCallId);
        foreach (var (key, value) in message.Extra ?? new Dictionary<string, JsonElement>())
            dictionary.Set(_json.Text(key), _json.Convert(value, key));
        Normalise(dictionary);
        return Value.Of(dictionary);
    }

    private Value Part(ChatContentPart part)
    {
        var dictionary = new ValueDictionary(2);
        dictionary.Set(Value.Of("type"), _json.Text(part.Type));
        SetText(dictionary, "text", part.Text);
        return Value.Of(dictionary);
    }

    private Value ToolCall(ChatToolCall call)
    {
        var function = new ValueDictionary(2);
        function.Set(Value.Of("name"), _json.Text(call.Name));
        function.Set(Value.Of("arguments"), _json.Convert(call.Arguments, "tool call arguments"));
        var dictionary = new ValueDictionary(3);
        SetText(dictionary, "id", call.Id);
        dictionary.Set(Value.Of("type"), Value.Of("function"));
        dictionary.Set(Value.Of("function"), Value.Of(function));
        return Value.Of(dictionary);
    }

    private void SetText(ValueDictionary dictionary, string key, string? text)
    {
        if (text is not null)
            dictionary.Set(Value.Of(key), _json.Text(text));
    }

    /// <summary>Templates write "&lt;|" + role + "|&gt;": a role that is a plain word belongs to the template, or no such token would be seen.</summary>
    private Value Role(string role) =>
        role.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? Value.Of(role) : _json.Text(role);

    private void Normalise(ValueDictionary message)
    {
        if (input.TrackContent && message.TryGet("role", out var role) && role.IsString)
            message.Set(Value.Of("role"), Role(role.Text));
        foreach (var name in (ReadOnlySpan<string>)["reasoning_content", "thinking", "reasoning"])
        {
            if (!message.TryGet(name, out var reasoning) || reasoning.IsNone)
                continue;
            message.Set(Value.Of("reasoning_content"), reasoning);
            if (!message.TryGet("thinking", out _))
                message.Set(Value.Of("thinking"), reasoning);
            return;
        }
    }
}
