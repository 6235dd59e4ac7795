using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Tessera.Tokenizers.Templates.Values;

/// <summary>
/// JSON as values: 1 and 1.0 stay apart, integers may have any size, keys keep their order and the last of equal ones wins.
/// </summary>
/// <param name="tracksContent">Whether strings are marked as coming from the conversation.</param>
internal sealed class JsonValues(bool tracksContent)
{
    private const int MaxIntegerDigits = 4300; // Python's own limit

    public Value Text(string text) => tracksContent && text.Length > 0 ? Value.Of(MarkedText.Content(text)) : Value.Of(text);

    /// <summary>Converts an element. <paramref name="place"/> names it in errors.</summary>
    public Value Convert(JsonElement element, string place) => Convert(element, place, 0);

    private Value Convert(JsonElement element, string place, int depth)
    {
        // Documents are parsed with a depth of 64 by default; one that was allowed more is refused here.
        if (depth > InputLimits.Default.MaxDepth)
            throw new ResourceLimitException($"levels of nesting in {place}", depth, InputLimits.Default.MaxDepth);
        switch (element.ValueKind)
        {
            case JsonValueKind.True:
                return Value.True;
            case JsonValueKind.False:
                return Value.False;
            case JsonValueKind.String:
                return Text(GetString(element, place));
            case JsonValueKind.Number:
                return Number(element, place);
            case JsonValueKind.Array:
                var items = new Value[element.GetArrayLength()];
                var next = 0;
                foreach (var item in element.EnumerateArray())
                    items[next++] = Convert(item, place, depth + 1);
                return Value.List(items);
            case JsonValueKind.Object:
                return Value.Of(Dictionary(element, place, depth));
            default:
                return Value.None;
        }
    }

    private ValueDictionary Dictionary(JsonElement element, string place, int depth)
    {
        var dictionary = new ValueDictionary();
        foreach (var property in element.EnumerateObject())
        {
            string name;
            try
            {
                name = property.Name;
            }
            catch (InvalidOperationException invalid)
            {
                throw new MalformedInputException(place, "a key", "a string holds half of a surrogate pair", invalid);
            }

            dictionary.Set(Text(name), Convert(property.Value, place, depth + 1));
        }

        return dictionary;
    }

    private static string GetString(JsonElement element, string place)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException invalid)
        {
            throw new MalformedInputException(place, "a string", "it holds half of a surrogate pair", invalid);
        }
    }

    private static Value Number(JsonElement element, string place)
    {
        if (element.TryGetInt64(out var small))
            return Value.Of(small); // fails for 1.0 and 1e2, which are floats
        var text = element.GetRawText();
        if (!text.AsSpan().ContainsAny('.', 'e', 'E'))
        {
            if (text.Length > MaxIntegerDigits)
                throw new ResourceLimitException($"digits of an integer in {place}", text.Length, MaxIntegerDigits);
            return Value.Of(BigInteger.Parse(text, CultureInfo.InvariantCulture));
        }

        return Value.Of(double.Parse(text, CultureInfo.InvariantCulture));
    }
}
