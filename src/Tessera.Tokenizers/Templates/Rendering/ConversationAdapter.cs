using System.Text.Json;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Rendering;

/// <summary>Rewrites a conversation into the kinds that a template can take.</summary>
internal sealed class ConversationAdapter(RenderState state, ChatTemplateCapabilities capabilities)
{
    private static readonly JsonStyle s_compact = new(null, ", ", ": ", AsciiOnly: false, SortKeys: false);

    public static Value Adapt(RenderState state, in Value messages, ChatTemplateCapabilities capabilities) =>
        new ConversationAdapter(state, capabilities).Adapt(messages);

    private Value Adapt(in Value messages)
    {
        var adapted = new List<Value>(messages.Items.Length);
        foreach (var message in messages.Items)
            adapted.Add(message.Kind == ValueKind.Dictionary ? Adapt(message.Dictionary) : message);
        if (!capabilities.AcceptsSystem)
            FoldSystem(adapted);
        return Value.List([.. adapted]);
    }

    private Value Adapt(ValueDictionary message)
    {
        var adapted = new ValueDictionary(message.Count);
        for (var i = 0; i < message.Count; i++)
        {
            var key = message.Keys[i];
            var value = message.Values[i];
            adapted.Set(key, key.Text switch
            {
                "content" => Content(value),
                "tool_calls" when value.Kind == ValueKind.List => Value.List([.. value.Items.Select(call => ToolCall(call))]),
                _ => value,
            });
        }

        return Value.Of(adapted);
    }

    private Value Content(in Value content)
    {
        if (content.IsNone)
            return capabilities.AcceptsMissingContent ? content : Content(Value.EmptyString);
        if (content.IsString && !capabilities.AcceptsText && capabilities.AcceptsParts)
        {
            var part = new ValueDictionary(2);
            part.Set(Value.Of("type"), Value.Of("text"));
            part.Set(Value.Of("text"), content);
            return Value.List(Value.Of(part));
        }

        if (content.Kind != ValueKind.List || capabilities.AcceptsParts || !capabilities.AcceptsText)
            return content;
        var text = state.NewText();
        foreach (var part in content.Items)
        {
            if (part.Kind != ValueKind.Dictionary || !part.Dictionary.TryGet("text", out var piece) || !piece.IsString)
                return content; // a picture cannot become text: the template shall see it and fail
            text.Append(piece);
        }

        return text.ToValue();
    }

    private Value ToolCall(in Value call)
    {
        if (call.Kind != ValueKind.Dictionary)
            return call;
        var adapted = new ValueDictionary(call.Dictionary.Count);
        for (var i = 0; i < call.Dictionary.Count; i++)
        {
            var key = call.Dictionary.Keys[i];
            var value = call.Dictionary.Values[i];
            adapted.Set(key, key.Text switch
            {
                "function" => ToolCall(value),
                "arguments" => Arguments(value),
                _ => value,
            });
        }

        return Value.Of(adapted);
    }

    private Value Arguments(in Value arguments)
    {
        if (arguments.IsString && !capabilities.AcceptsArgumentText && capabilities.AcceptsArgumentObjects)
        {
            try
            {
                using var document = JsonDocument.Parse(arguments.Text);
                return new JsonValues(arguments.Marks is not null).Convert(document.RootElement, "tool call arguments");
            }
            catch (JsonException)
            {
                return arguments; // not JSON after all: the template gets the text
            }
        }

        if (arguments.IsString || capabilities.AcceptsArgumentObjects || !capabilities.AcceptsArgumentText)
            return arguments;
        var text = state.NewText();
        new JsonText(state, text, s_compact).Write(arguments);
        return text.ToValue();
    }

    /// <summary>A leading system message becomes the beginning of the first user turn, two line feeds between.</summary>
    private void FoldSystem(List<Value> messages)
    {
        if (messages.Count < 2 || !IsRole(messages[0], "system") || !IsRole(messages[1], "user")
            || !messages[0].Dictionary.TryGet("content", out var system) || !messages[1].Dictionary.TryGet("content", out var user)
            || !system.IsString || !user.IsString)
            return;
        var folded = new ValueDictionary(messages[1].Dictionary.Count);
        for (var i = 0; i < messages[1].Dictionary.Count; i++)
            folded.Set(messages[1].Dictionary.Keys[i], messages[1].Dictionary.Values[i]);
        var text = state.NewText();
        text.Append(system);
        text.Append("\n\n");
        text.Append(user);
        folded.Set(Value.Of("content"), text.ToValue());
        messages.RemoveAt(0);
        messages[0] = Value.Of(folded);
    }

    private static bool IsRole(in Value message, string role) =>
        message.Kind == ValueKind.Dictionary && message.Dictionary.TryGet("role", out var value) && value.IsString && value.Text == role;
}
