namespace Tessera.Golden;

/// <summary>
/// Finds the real models and the corpora that some cases need: folders <c>models</c> and <c>corpora</c> beside the golden directory, or in
/// <c>shared</c> beside the repository.
/// </summary>
public sealed class SharedFolders
{
    private static readonly string[] s_names = ["models", "corpora"];
    private readonly string[] _roots;

    /// <summary>Looks from a golden directory.</summary>
    public SharedFolders(string goldenDirectory)
    {
        var roots = new List<string> { Path.GetFullPath(Path.Combine(goldenDirectory, "..")) };
        if (Repository() is { } repository) roots.Add(Path.GetFullPath(Path.Combine(repository, "..", "shared")));
        _roots = [.. roots.Distinct().Where(static r => s_names.Any(n => Directory.Exists(Path.Combine(r, n))))];
    }

    /// <summary>The folder that holds Tessera.slnx, looked for upwards from the program and from the working directory; or null.</summary>
    public static string? Repository()
    {
        foreach (var start in (ReadOnlySpan<string>)[AppContext.BaseDirectory, Directory.GetCurrentDirectory()])
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Tessera.slnx"))) return folder.FullName;
            }
        }

        return null;
    }

    /// <summary>The folder of the real model that a text names: the one whose name starts the text, or is started by it; letters and digits count, case does not. Or null.</summary>
    public string? FindModel(string name)
    {
        var wanted = Normal(name);
        if (wanted.Length == 0) return null;
        return _roots
            .Select(static r => Path.Combine(r, "models"))
            .Where(Directory.Exists)
            .SelectMany(static m => Directory.EnumerateDirectories(m).Order(StringComparer.Ordinal))
            .FirstOrDefault(d => Normal(Path.GetFileName(d)) is var have && (wanted.StartsWith(have, StringComparison.Ordinal) || have.StartsWith(wanted, StringComparison.Ordinal)));
    }

    /// <summary>The full path of a name such as <c>models/x/tokenizer.json</c>, or of a corpus by its file name; null where it is absent.</summary>
    internal string? Find(string name) => _roots
        .SelectMany(r => (string[])[Path.Combine(r, name), Path.Combine(r, "corpora", name)])
        .FirstOrDefault(static p => File.Exists(p) || Directory.Exists(p));

    /// <summary>Whether a name leads to the models or corpora, wherever they are.</summary>
    internal static bool Knows(string name) => s_names.Any(n => name.StartsWith(n + "/", StringComparison.Ordinal) || name.Contains("/" + n + "/", StringComparison.Ordinal));

    private static string Normal(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToUpperInvariant();
}
