using System.Text.Json;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Rendering;

/// <summary>Finds the assistant's parts of a text by rendering prefixes of the conversation.</summary>
internal static class DerivedAssistantRanges
{
    public static RenderedChat Render(ChatTemplate template, ChatTemplateInput input, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(input);
        input = input with { AddGenerationPrompt = false };
        var whole = template.Render(input, cancellation);
        var ranges = new List<(int, int)>();
        var count = input.MessagesJson is { } json ? json.GetArrayLength() : input.Messages.Count;
        for (var i = 0; i < count; i++)
        {
            if (!IsAssistant(input, i))
                continue;
            var before = template.Render(Prefix(input, i) with { AddGenerationPrompt = true }, cancellation).Text;
            var with = i + 1 == count ? whole.Text : template.Render(Prefix(input, i + 1), cancellation).Text;
            if (!with.StartsWith(before, StringComparison.Ordinal) || !whole.Text.StartsWith(with, StringComparison.Ordinal))
                throw Faults.Value($"The template does not render the first {i + 1} messages as a prefix of the conversation.");
            ranges.Add((CodePoints.Count(before), CodePoints.Count(with)));
        }

        return whole with { AssistantRanges = ranges };
    }

    private static bool IsAssistant(ChatTemplateInput input, int index)
    {
        if (input.MessagesJson is not { } json)
            return input.Messages[index].Role == "assistant";
        return json[index].ValueKind == JsonValueKind.Object && json[index].TryGetProperty("role", out var role) && role.ValueEquals("assistant");
    }

    private static ChatTemplateInput Prefix(ChatTemplateInput input, int count)
    {
        if (input.MessagesJson is not { } json)
            return input with { Messages = [.. input.Messages.Take(count)] };
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            foreach (var message in json.EnumerateArray().Take(count))
                message.WriteTo(writer);
            writer.WriteEndArray();
        }

        return input with { MessagesJson = JsonElement.Parse(buffer.WrittenSpan) };
    }
}
