using System.Text.Json;

namespace Tessera.Tokenizers.Templates;

/// <summary>
/// The chat templates that come with a model: one, or several by name (<c>default</c>, <c>tool_use</c>, <c>rag</c> …), as the
/// <c>chat_template</c> of tokenizer_config.json or the keys <c>tokenizer.chat_template[.name]</c> of a GGUF file give them.
/// </summary>
public sealed class ChatTemplateSet
{
    /// <summary>The name of the template that is used when nothing else is asked for.</summary>
    public const string DefaultName = "default";

    /// <summary>The name of the template that is preferred when tools are given.</summary>
    public const string ToolUseName = "tool_use";

    private readonly Dictionary<string, string> _templates;

    /// <summary>Creates a set; templates are parsed when selected.</summary>
    /// <param name="templates">Texts by name, at least one.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public ChatTemplateSet(IReadOnlyDictionary<string, string> templates)
    {
        ArgumentNullException.ThrowIfNull(templates);
        if (templates.Count == 0)
            throw new ArgumentException("A set of chat templates needs at least one.", nameof(templates));
        _templates = new Dictionary<string, string>(templates);
    }

    /// <summary>The names, in no particular order.</summary>
    public IReadOnlyCollection<string> Names => _templates.Keys;

    /// <summary>Reads the value of <c>chat_template</c>: a string, or a list of objects with name and template.</summary>
    /// <param name="value">The JSON value.</param>
    /// <param name="file">The file that it comes from, for errors.</param>
    /// <exception cref="MalformedInputException">It has neither form.</exception>
    public static ChatTemplateSet FromJson(JsonElement value, string file = "tokenizer_config.json")
    {
        if (value.ValueKind == JsonValueKind.String)
            return new ChatTemplateSet(new Dictionary<string, string> { [DefaultName] = value.GetString()! });
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
            throw new MalformedInputException(file, "chat_template", $"expected a string or a list of templates, found {value.ValueKind}");
        var templates = new Dictionary<string, string>();
        foreach (var entry in value.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Object
                || !entry.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String
                || !entry.TryGetProperty("template", out var template) || template.ValueKind != JsonValueKind.String)
                throw new MalformedInputException(file, $"chat_template[{templates.Count}]", "expected an object with the strings name and template");
            templates[name.GetString()!] = template.GetString()!;
        }

        return new ChatTemplateSet(templates);
    }

    /// <summary>
    /// Chooses a template: the one with the given name; without a name, <c>tool_use</c> if there are tools and it exists, else
    /// <c>default</c>, else the only one.
    /// </summary>
    /// <param name="hasTools">Whether tools will be given.</param>
    /// <param name="name">A name, or null.</param>
    /// <exception cref="ArgumentException">There is no such template.</exception>
    public ChatTemplate Select(bool hasTools = false, string? name = null)
    {
        name ??= hasTools && _templates.ContainsKey(ToolUseName) ? ToolUseName : DefaultName;
        if (_templates.TryGetValue(name, out var text))
            return ChatTemplate.Parse(text);
        if (name == DefaultName && _templates.Count == 1)
            return ChatTemplate.Parse(_templates.Values.Single());
        throw new ArgumentException($"There is no chat template '{name}'; there are {string.Join(", ", _templates.Keys.Order())}.", nameof(name));
    }
}
