using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Tessera.Golden;

/// <summary>
/// A case file: JSON that holds cases in one of the known forms. <c>{"cases": [...]}</c>; <c>{"files": [{"file", "expect"}]}</c>, an index
/// of files to open; or a list of <c>{"schema", "tests"}</c>, as the JSON-Schema-Test-Suite has it.
/// </summary>
public sealed partial class GoldenFile
{
    private readonly ReadMark _mark = new();
    private readonly JsonElement _root;

    private GoldenFile(GoldenDirectory directory, string relativePath, JsonElement root, GoldenForm form, JsonElement list)
    {
        Directory = directory;
        RelativePath = relativePath;
        Form = form;
        _root = root;

        var names = list.EnumerateArray().Select(static (e, i) => NameOf(e) ?? $"#{i}").ToList();
        var twice = names.GroupBy(static n => n).Where(static g => g.Count() > 1).Select(static g => g.Key).ToHashSet(StringComparer.Ordinal);
        Cases = [.. list.EnumerateArray().Select((e, i) => new GoldenCase(this, e, twice.Contains(names[i]) ? $"{names[i]} #{i}" : names[i]))];
    }

    /// <summary>The directory that it was found in.</summary>
    public GoldenDirectory Directory { get; }

    /// <summary>Its path below the golden directory, with forward slashes.</summary>
    public string RelativePath { get; }

    /// <summary>Its full path.</summary>
    public string FullPath => Path.Combine(Directory.Root, RelativePath);

    /// <summary>The full path of its folder.</summary>
    public string Folder => Path.GetDirectoryName(FullPath)!;

    /// <summary>In which of the known forms it holds its cases.</summary>
    public GoldenForm Form { get; }

    /// <summary>The whole file; for values that stand beside the cases.</summary>
    public GoldenValue Root => new(_root, "", _mark, this, null);

    /// <summary>The method that the file is about, or null.</summary>
    public string? Method => _root.ValueKind == JsonValueKind.Object && _root.TryGetProperty("method", out var method) && method.ValueKind == JsonValueKind.String ? method.GetString() : null;

    /// <summary>The cases, in the file's order.</summary>
    public IReadOnlyList<GoldenCase> Cases { get; }

    /// <summary>Whether another file or folder stands beside this one.</summary>
    public bool HasBeside(string name) => File.Exists(Path.Combine(Folder, name)) || System.IO.Directory.Exists(Path.Combine(Folder, name));

    /// <summary>
    /// A number of the file's <c>tolerance</c>: the value under the key, or the first number in the text that stands there. <c>exact</c>
    /// and <c>equal</c> are 0.
    /// </summary>
    /// <param name="key">The key under <c>tolerance</c>.</param>
    /// <exception cref="GoldenFormatException">The file has no such tolerance, or no number in it.</exception>
    public double Tolerance(string key) => FindTolerance(key) ?? throw new GoldenFormatException("tolerance", $"no number under \"{key}\"");

    /// <summary>As <see cref="Tolerance"/>, but null where there is no such key or no number.</summary>
    public double? FindTolerance(string key)
    {
        if (Root.Find("tolerance")?.Find(key) is not { } value) return null;
        if (value.Kind == JsonValueKind.Number) return value.AsDouble();
        if (value.Kind != JsonValueKind.String) return null;
        var text = value.AsString();
        if (text.StartsWith("exact", StringComparison.Ordinal) || text.StartsWith("equal", StringComparison.Ordinal)) return 0;
        var match = NumberInText().Match(text);
        return match.Success ? double.Parse(match.Value, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Every number in the text under a key of <c>tolerance</c>, in order: "1e-5 + 2e-4 * max" gives both.</summary>
    public IReadOnlyList<double> ToleranceNumbers(string key) =>
        Root.Find("tolerance")?.Find(key) is not { } value ? []
        : value.Kind == JsonValueKind.Number ? [value.AsDouble()]
        : [.. NumberInText().Matches(value.AsString()).Select(static m => double.Parse(m.Value, CultureInfo.InvariantCulture))];

    /// <summary>
    /// The full path of a file or folder that a case names: beside this file, in a folder above it up to the golden directory, or in the
    /// shared folder beside that (models, corpora). It counts as opened.
    /// </summary>
    public string Resolve(string name) => Directory.Resolve(this, name);

    /// <summary>Something that the cases of this folder share (a model, say): made on first use, disposed when the run leaves the folder.</summary>
    public T Shared<T>(string key, Func<T> make) where T : notnull => Directory.FolderCache.Get($"{Folder}|{key}", make);

    /// <summary>The path.</summary>
    public override string ToString() => RelativePath;

    /// <summary>The file's cases, or null where the JSON has none of the known forms.</summary>
    internal static GoldenFile? From(GoldenDirectory directory, string relativePath, JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("cases", out var cases) && cases.ValueKind == JsonValueKind.Array && cases.EnumerateArray().All(static c => c.ValueKind == JsonValueKind.Object))
            return new GoldenFile(directory, relativePath, root, GoldenForm.Cases, cases);
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("files", out var files) && IsListOf(files, "file", "expect"))
            return new GoldenFile(directory, relativePath, root, GoldenForm.FileIndex, files);
        if (IsListOf(root, "schema", "tests"))
            return new GoldenFile(directory, relativePath, root, GoldenForm.SchemaSuite, root);
        return null;
    }

    private static bool IsListOf(JsonElement list, params string[] keys) =>
        list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0
        && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object && keys.All(key => item.TryGetProperty(key, out _)));

    private static string? NameOf(JsonElement item)
    {
        foreach (var key in (ReadOnlySpan<string>)["name", "file", "description"])
        {
            if (item.TryGetProperty(key, out var name) && name.ValueKind == JsonValueKind.String) return name.GetString();
        }

        return null;
    }

    [GeneratedRegex(@"(?<![A-Za-z0-9_.])[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")]
    private static partial Regex NumberInText();
}
