using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tessera.Models.Files;

/// <summary>
/// A config.json: typed getters that check ranges and name the JSON path of what is wrong. Knows no architecture. A key whose value is
/// <c>null</c> counts as absent, as in transformers. Numbers may be written as Python writes the ones that JSON lacks: bare
/// <c>Infinity</c>, the string <c>"Infinity"</c>, or <c>{"__float__": "Infinity"}</c>; NaN is never a setting and is refused.
/// </summary>
public sealed partial class ConfigReader : IDisposable
{
    // Configurations with tens of thousands of class labels take 2 MB; the tree in memory is a few times the text.
    private const int MaxBytes = 4 << 20;

    private readonly JsonDocument? _document; // of the root only
    private readonly JsonElement _object;
    private readonly string _path;

    /// <summary>Reads a configuration that was put together in memory.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="file">What error messages call it.</param>
    public ConfigReader(JsonObject config, string file) : this(JsonText.Parse(Serialise(config), file, InputLimits.Default.MaxDepth), file)
    {
    }

    private ConfigReader(JsonDocument document, string file) : this(document.RootElement, file, "$") => _document = document;

    private ConfigReader(JsonElement element, string file, string path)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new MalformedInputException(file, path, $"an object is needed, the file has {Describe(element)}");
        (_object, File, _path) = (element, file, path);
    }

    /// <summary>The file that error messages name.</summary>
    public string File { get; }

    /// <summary>The names of the settings that are not null, in the order of the file.</summary>
    public IEnumerable<string> Names => _object.EnumerateObject().Where(p => p.Value.ValueKind != JsonValueKind.Null).Select(p => p.Name);

    /// <summary>Opens a configuration.</summary>
    /// <param name="path">The file, usually <c>config.json</c>; at most 4 MiB.</param>
    /// <param name="limits">Bounds on size and depth; the defaults if null.</param>
    /// <exception cref="MalformedInputException">The file is no JSON object, or a key stands twice.</exception>
    /// <exception cref="ResourceLimitException">The file is too large.</exception>
    public static ConfigReader Open(string path, InputLimits? limits = null)
    {
        limits ??= InputLimits.Default;
        return Parse(JsonText.ReadFile(path, Math.Min(limits.MaxJsonBytes, MaxBytes)), path, limits);
    }

    /// <summary>Reads a configuration from UTF-8 bytes.</summary>
    /// <inheritdoc cref="Open(string, InputLimits?)"/>
    /// <param name="json">The text.</param>
    /// <param name="file">What error messages call it.</param>
    /// <param name="limits">Bounds on size and depth; the defaults if null.</param>
    public static ConfigReader Parse(ReadOnlySpan<byte> json, string file, InputLimits? limits = null)
    {
        limits ??= InputLimits.Default;
        var allowed = Math.Min(limits.MaxJsonBytes, MaxBytes);
        if (json.Length > allowed) throw new ResourceLimitException($"bytes of JSON in {file}", json.Length, allowed);
        var document = JsonText.Parse(json, file, limits.MaxDepth);
        try
        {
            return new ConfigReader(document, file);
        }
        catch
        {
            document.Dispose();
            throw;
        }
    }

    /// <summary>Whether a setting is there and not null.</summary>
    public bool Has(string name) => Find(name, out _);

    /// <summary>What stands at a name: <see cref="JsonValueKind.Undefined"/> if it is absent or null.</summary>
    public JsonValueKind KindOf(string name) => Find(name, out var value) ? value.ValueKind : JsonValueKind.Undefined;

    /// <summary>A nested object, or null if it is absent.</summary>
    /// <exception cref="MalformedInputException">It is no object.</exception>
    public ConfigReader? Object(string name) => Find(name, out var value) ? new ConfigReader(value, File, PathOf(name)) : null;

    /// <summary>A list of objects, or null if it is absent.</summary>
    /// <exception cref="MalformedInputException">It is no list of objects.</exception>
    public IReadOnlyList<ConfigReader>? ObjectList(string name) => List(name, null, (element, path) => new ConfigReader(element, File, path));

    /// <summary>The exception for a setting whose value can't be; the place is its JSON path.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="reason">What is wrong with it.</param>
    public MalformedInputException Error(string name, string reason) => new(File, PathOf(name), reason);

    /// <summary>Gives the memory back; nested readers become invalid.</summary>
    public void Dispose() => _document?.Dispose();

    private bool Find(string name, out JsonElement value) => _object.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    private JsonElement Need(string name) => Find(name, out var value) ? value : throw Error(name, "is missing");

    private string PathOf(string name) => $"{_path}.{name}";

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "a string",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.True or JsonValueKind.False => "a truth value",
        JsonValueKind.Null => "null",
        _ => $"the number {Shorten(value.GetRawText())}",
    };

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…"; // a number may have a million digits

    // JsonObject itself can't be written when it holds NaN or an infinity, which may stand in the file that it was made from.
    private static ReadOnlySpan<byte> Serialise(JsonObject config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer)) Write(writer, config);
        return buffer.WrittenSpan;
    }

    private static void Write(Utf8JsonWriter writer, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject o:
                writer.WriteStartObject();
                foreach (var (name, value) in o)
                {
                    writer.WritePropertyName(name);
                    Write(writer, value);
                }

                writer.WriteEndObject();
                break;
            case JsonArray a:
                writer.WriteStartArray();
                foreach (var value in a) Write(writer, value);
                writer.WriteEndArray();
                break;
            case JsonValue v when v.TryGetValue<double>(out var d) && !double.IsFinite(d):
                writer.WriteStringValue(d.ToString(CultureInfo.InvariantCulture));
                break;
            case JsonValue v when v.TryGetValue<float>(out var f) && !float.IsFinite(f):
                writer.WriteStringValue(f.ToString(CultureInfo.InvariantCulture));
                break;
            case null:
                writer.WriteNullValue();
                break;
            default:
                node.WriteTo(writer);
                break;
        }
    }
}
