using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Rendering;

/// <summary>
/// Continuing the last message, as the transformers library does it: a marker is appended to its text, and the rendered text ends where the
/// marker stands. If the template trimmed the marker's own trailing space, space before the marker goes, too.
/// </summary>
internal static class FinalMessage
{
    private const string Marker = "CONTINUE_FINAL_MESSAGE_TAG "; // transformers' word, so that templates that look at it behave alike

    private const string NoText = "The final message cannot be continued: it has no text.";

    /// <summary>The messages with the marker appended to the last one's text, or to its last text part.</summary>
    public static Value Mark(RenderState state, in Value messages)
    {
        if (messages.Items.Length == 0 || messages.Items[^1].Kind != ValueKind.Dictionary
            || !messages.Items[^1].Dictionary.TryGet("content", out var content))
            throw Faults.Value(NoText);
        Value[] marked = [.. messages.Items];
        marked[^1] = With(marked[^1].Dictionary, "content", MarkContent(state, content));
        return Value.List(marked);
    }

    /// <summary>Length of the rendered text without the marker and all that follows.</summary>
    public static int FindEnd(ReadOnlySpan<char> output)
    {
        var found = output.LastIndexOf(Marker.AsSpan().TrimEnd());
        if (found < 0)
            throw Faults.Value("The final message cannot be continued: the template does not print it.");
        if (output[found..].StartsWith(Marker))
            return found;
        while (found > 0 && PythonText.IsSpace(output[found - 1]))
            found--;
        return found;
    }

    private static Value MarkContent(RenderState state, in Value content)
    {
        if (content.IsString)
            return Arithmetic.Concatenate(state, content, Value.Of(Marker));
        if (content.Kind == ValueKind.List)
        {
            for (var i = content.Items.Length - 1; i >= 0; i--)
            {
                if (content.Items[i].Kind != ValueKind.Dictionary || !content.Items[i].Dictionary.TryGet("text", out var text) || !text.IsString)
                    continue;
                Value[] parts = [.. content.Items];
                parts[i] = With(parts[i].Dictionary, "text", Arithmetic.Concatenate(state, text, Value.Of(Marker)));
                return Value.List(parts);
            }
        }

        throw Faults.Type(NoText);
    }

    private static Value With(ValueDictionary dictionary, string key, in Value value)
    {
        var copy = new ValueDictionary(dictionary.Count);
        for (var i = 0; i < dictionary.Count; i++)
            copy.Set(dictionary.Keys[i], dictionary.Values[i]);
        copy.Set(Value.Of(key), value);
        return Value.Of(copy);
    }
}
