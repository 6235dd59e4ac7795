using System.Text.Json;

namespace Tessera.Golden;

/// <summary>
/// A directory of golden data: every case file in it, and every other file, with whether a reader opened it. Discovers; knows no file by
/// name.
/// </summary>
public sealed class GoldenDirectory : IDisposable
{
    /// <summary>The environment variable that names the directory.</summary>
    public const string Variable = "TESSERA_GOLDEN";

    private readonly HashSet<string> _opened = new(StringComparer.Ordinal);
    private readonly List<JsonDocument> _documents = [];

    private GoldenDirectory(string root, SharedFolders shared)
    {
        Root = root;
        SharedFolders = shared;
    }

    /// <summary>The directory's full path.</summary>
    public string Root { get; }

    /// <summary>The real models and corpora beside it.</summary>
    public SharedFolders SharedFolders { get; }

    /// <summary>The case files, ordered by folder and name.</summary>
    public IReadOnlyList<GoldenFile> Files { get; private set; } = [];

    /// <summary>Every other file but READMEs and licences: weights, tokenizers, configurations, pictures; paths relative to <see cref="Root"/>.</summary>
    public IReadOnlyList<string> Resources { get; private set; } = [];

    /// <summary>Things that all folders share, kept until the directory is disposed (a real model).</summary>
    public SharedCache RunCache { get; } = new();

    /// <summary>Things that the cases of one folder share.</summary>
    internal SharedCache FolderCache { get; } = new();

    /// <summary>The resources that no reader has opened so far.</summary>
    public IEnumerable<string> UnopenedResources => Resources.Where(r => !IsOpened(Path.Combine(Root, r)));

    /// <summary>
    /// The directory to run: what <see cref="Variable"/> names, else <c>shared/golden</c> beside the repository. Null where there is none.
    /// </summary>
    public static string? Locate()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named) return Directory.Exists(named) ? Path.GetFullPath(named) : null;
        return SharedFolders.Repository() is { } repository && Path.GetFullPath(Path.Combine(repository, "..", "shared", "golden")) is var path && Directory.Exists(path) ? path : null;
    }

    /// <summary>Reads a directory.</summary>
    public static GoldenDirectory Open(string root)
    {
        root = Path.GetFullPath(root);
        var directory = new GoldenDirectory(root, new SharedFolders(root));
        var files = new List<GoldenFile>();
        var resources = new List<string>();
        foreach (var path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(root, path).Replace('\\', '/');
            var name = Path.GetFileName(path);
            if (name.StartsWith("README", StringComparison.OrdinalIgnoreCase) || name.StartsWith("LICENSE", StringComparison.OrdinalIgnoreCase)) continue;
            if (name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && directory.Parse(path) is { } element && GoldenFile.From(directory, relative, element) is { } file)
                files.Add(file);
            else
                resources.Add(relative);
        }

        directory.Files = [.. files.OrderBy(static f => Path.GetDirectoryName(f.RelativePath), StringComparer.Ordinal).ThenBy(static f => f.RelativePath, StringComparer.Ordinal)];
        directory.Resources = [.. resources.Order(StringComparer.Ordinal)];
        return directory;
    }

    /// <summary>The real model that a text names, such as <c>SmolLM2-135M-Instruct, float32</c> or <c>smollm2</c>: its folder.</summary>
    /// <exception cref="NotCoveredException">It is not on this machine.</exception>
    public string RealModel(string name) =>
        SharedFolders.FindModel(name) ?? throw new NotCoveredException($"skipped: the real model \"{name}\" is not beside the golden directory or the repository");

    /// <summary>Releases what the cases of a folder shared; for whoever runs files one by one, when a folder is done.</summary>
    public void ReleaseFolder() => FolderCache.Dispose();

    /// <summary>Releases the JSON documents and everything cached.</summary>
    public void Dispose()
    {
        FolderCache.Dispose();
        RunCache.Dispose();
        foreach (var document in _documents) document.Dispose();
    }

    /// <summary>See <see cref="GoldenFile.Resolve"/>.</summary>
    internal string Resolve(GoldenFile from, string name)
    {
        if (name.Length == 0 || Path.IsPathRooted(name)) throw new GoldenFormatException(from.RelativePath, $"\"{name}\" is not a relative path");
        for (var folder = from.Folder; ; folder = Path.GetDirectoryName(folder)!)
        {
            if (Existing(Path.Combine(folder, name)) is { } path) return path;
            if (folder.Length <= Root.Length) break;
        }

        if (SharedFolders.Find(name) is { } shared) return shared;
        throw SharedFolders.Knows(name)
            ? new NotCoveredException($"skipped: {name} is not beside the golden directory or the repository")
            : new GoldenFormatException(from.RelativePath, $"\"{name}\" is named, but there is no such file");
    }

    /// <summary>Counts a file, or all files of a folder, as opened.</summary>
    public void MarkOpened(string path) => _opened.Add(Path.GetFullPath(path));

    private string? Existing(string path)
    {
        path = Path.GetFullPath(path);
        if (!File.Exists(path) && !Directory.Exists(path)) return null;
        MarkOpened(path);
        return path;
    }

    private bool IsOpened(string path)
    {
        for (var part = path; part is not null && part.Length > Root.Length; part = Path.GetDirectoryName(part))
        {
            if (_opened.Contains(part)) return true;
        }

        return false;
    }

    private JsonElement? Parse(string path)
    {
        try
        {
            var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 256 });
            _documents.Add(document);
            return document.RootElement;
        }
        catch (JsonException)
        {
            return null; // a broken file on purpose (hostile data); it stays a resource, and is listed if nobody opens it
        }
    }
}
