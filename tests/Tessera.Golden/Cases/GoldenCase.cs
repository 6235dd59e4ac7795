using System.Text.Json;

namespace Tessera.Golden;

/// <summary>One case of a case file: what goes in, and what has to come out.</summary>
public sealed class GoldenCase
{
    // Keys that describe a case; what is left in a case without an "expected" is what it pins down.
    private static readonly HashSet<string> s_description = new(StringComparer.Ordinal)
    {
        "name", "kind", "input", "options", "note", "description", "comment", "specification", "schema", "file", "group", "wrong", "encode",
    };

    private readonly JsonElement _element;
    private ReadMark _mark = new();
    private GoldenTensors? _tensors;

    internal GoldenCase(GoldenFile file, JsonElement element, string name)
    {
        File = file;
        Name = name;
        _element = element;
        Kind = element.TryGetProperty("kind", out var kind) && kind.ValueKind == JsonValueKind.String ? kind.GetString() : null;
    }

    /// <summary>The file that the case stands in.</summary>
    public GoldenFile File { get; }

    /// <summary>The case's name; a name that occurs more than once in a file is followed by the case's number.</summary>
    public string Name { get; }

    /// <summary>The case's kind, where it has one.</summary>
    public string? Kind { get; }

    /// <summary>What globs match and reports print: <c>folder/file.json::name</c>.</summary>
    public string Id => $"{File.RelativePath}::{Name}";

    /// <summary>The whole case.</summary>
    public GoldenValue Value => new(_element, "", _mark, File, this);

    /// <summary>What goes in.</summary>
    public GoldenValue Input => Value["input"];

    /// <summary>What has to come out.</summary>
    public GoldenValue Expected => Value["expected"];

    /// <summary>
    /// The tensors that the case refers to by key: the file that <c>input.tensors</c> or <c>tensors</c> names, else the safetensors file
    /// beside the case file and of its name.
    /// </summary>
    public GoldenTensors Tensors => _tensors ??= GoldenTensors.Open(File.Resolve(
        Value.Find("input")?.Find("tensors") is { Kind: JsonValueKind.String } named ? named.AsString()
        : Value.Find("tensors") is { Kind: JsonValueKind.String } own ? own.AsString()
        : File.Root.Find("tensors") is { Kind: JsonValueKind.String } shared ? shared.AsString()
        : Path.ChangeExtension(Path.GetFileName(File.RelativePath), ".safetensors")));

    internal int Waived { get; set; }

    /// <summary>Whether an object has a key; leaves no mark.</summary>
    public bool Has(string key) => _element.ValueKind == JsonValueKind.Object && _element.TryGetProperty(key, out _);

    /// <summary>The case's identity.</summary>
    public override string ToString() => Id;

    /// <summary>Forgets what was read so far (what readers looked at to say whether they cover the case).</summary>
    internal void ResetMarks()
    {
        _mark = new ReadMark();
        _tensors = null;
        Waived = 0;
    }

    /// <summary>The paths of everything expected that no reader has read.</summary>
    internal List<string> Unread()
    {
        var unread = new List<string>();
        var roots = _element.EnumerateObject().Where(static p => p.Name.StartsWith("expect", StringComparison.Ordinal)).ToList();
        if (roots.Count == 0) roots = [.. _element.EnumerateObject().Where(static p => !s_description.Contains(p.Name))];
        foreach (var root in roots) ReadMark.CollectUnread(root.Value, _mark.Key(root.Name), root.Name, unread);
        return unread;
    }
}
