using System.Text.Json;

namespace Tessera.Tokenizers.Files;

/// <summary>A value of a JSON file that knows its path, so that every complaint names the file, the place and the reason.</summary>
internal readonly struct JsonPart(JsonElement element, string path, string file)
{
    /// <summary>The value.</summary>
    public JsonElement Element => element;

    /// <summary>Where it stands, such as <c>$.model.vocab</c>.</summary>
    public string Path => path;

    /// <summary>The file's name.</summary>
    public string File => file;

    /// <summary>Whether the value is null.</summary>
    public bool IsNull => element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    /// <summary>The items of an array.</summary>
    public JsonPart[] Items
    {
        get
        {
            if (element.ValueKind != JsonValueKind.Array) throw Wrong($"an array is expected, not {Kind}");
            var items = new JsonPart[element.GetArrayLength()];
            var number = 0;
            foreach (var item in element.EnumerateArray()) items[number] = new JsonPart(item, $"{path}[{number++}]", file);
            return items;
        }
    }

    /// <summary>The names and values of an object, in the file's order.</summary>
    public IEnumerable<(string Name, JsonPart Value)> Properties
    {
        get
        {
            if (element.ValueKind != JsonValueKind.Object) throw Wrong($"an object is expected, not {Kind}");
            return Walk(element, path, file);
        }
    }

    private string Kind => element.ValueKind.ToString().ToLowerInvariant();

    /// <summary>Parses a document.</summary>
    /// <exception cref="MalformedInputException">It is not JSON, or not an object.</exception>
    /// <exception cref="ResourceLimitException">It is larger than the limits allow.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8, string file, InputLimits limits)
    {
        if (utf8.Length > limits.MaxJsonBytes) throw new ResourceLimitException($"bytes of {file}", utf8.Length, limits.MaxJsonBytes);
        if (utf8.Span.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
        if (!System.Text.Unicode.Utf8.IsValid(utf8.Span)) throw new MalformedInputException(file, "$", "text that is not UTF-8");
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = limits.MaxDepth });
        }
        catch (JsonException wrong)
        {
            throw new MalformedInputException(file, $"line {wrong.LineNumber + 1}, byte {wrong.BytePositionInLine}", "not JSON, or nested too deeply", wrong);
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
        document.Dispose();
        throw new MalformedInputException(file, "$", "an object is expected");
    }

    /// <summary>The value under a key; undefined where there is none.</summary>
    public JsonPart Find(string key)
    {
        if (element.ValueKind != JsonValueKind.Object) throw Wrong($"an object is expected, not {Kind}");
        try
        {
            return new JsonPart(element.TryGetProperty(key, out var value) ? value : default, $"{path}.{key}", file);
        }
        catch (InvalidOperationException wrong) // a name that was compared on the way
        {
            throw new MalformedInputException(file, path, "a name that is no valid text (a lone surrogate)", wrong);
        }
    }

    /// <summary>The value under a key.</summary>
    public JsonPart Required(string key)
    {
        var value = Find(key);
        return value.Element.ValueKind == JsonValueKind.Undefined ? throw Wrong($"\"{key}\" is missing") : value;
    }

    /// <summary>A string.</summary>
    public string AsString()
    {
        if (element.ValueKind != JsonValueKind.String) throw Wrong($"a string is expected, not {Kind}");
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException wrong)
        {
            throw new MalformedInputException(file, path, "a string that is no valid text (a lone surrogate)", wrong);
        }
    }

    /// <summary>A truth value.</summary>
    public bool AsBool() => element.ValueKind is JsonValueKind.True or JsonValueKind.False ? element.GetBoolean() : throw Wrong($"true or false is expected, not {Kind}");

    /// <summary>A whole number from 0 up to a bound.</summary>
    public int AsCount(int most = int.MaxValue) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var value) && value >= 0 && value <= most
            ? (int)value
            : throw Wrong($"a whole number from 0 to {most} is expected, not {Shown()}");

    /// <summary>A finite number.</summary>
    public double AsNumber() =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out var value) && double.IsFinite(value)
            ? value
            : throw Wrong($"a finite number is expected, not {Shown()}");

    /// <summary>A string under a key, or a default where it is missing or null.</summary>
    public string? String(string key, string? otherwise = null) => Find(key) is { IsNull: false } value ? value.AsString() : otherwise;

    /// <summary>A truth value under a key, or a default where it is missing or null.</summary>
    public bool Bool(string key, bool otherwise) => Find(key) is { IsNull: false } value ? value.AsBool() : otherwise;

    /// <summary>The complaint that something is wrong here.</summary>
    public MalformedInputException Wrong(string reason) => new(file, path, reason);

    /// <summary>The complaint that something here is not supported.</summary>
    public UnsupportedFeatureException Unsupported(string feature, string? advice = null) => new(file, $"{feature} (at {path})", advice);

    private static IEnumerable<(string Name, JsonPart Value)> Walk(JsonElement element, string path, string file)
    {
        foreach (var property in element.EnumerateObject())
        {
            var name = Name(property, path, file);
            yield return (name, new JsonPart(property.Value, $"{path}[\"{name}\"]", file));
        }
    }

    private static string Name(JsonProperty property, string path, string file)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException wrong)
        {
            throw new MalformedInputException(file, path, "a name that is no valid text (a lone surrogate)", wrong);
        }
    }

    private string Shown() => element.ValueKind == JsonValueKind.Number ? (element.GetRawText() is { Length: <= 40 } text ? text : "a very long number") : Kind;
}
