using System.Reflection;

namespace Tessera.Architecture.Tests;

/// <summary>The repository as the rules see it: sources, projects, and the libraries built from them.</summary>
internal static class Repository
{
    /// <summary>The folder that holds Tessera.slnx.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The projects of src, in name order.</summary>
    public static IReadOnlyList<string> Projects { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories).Where(IsOwn).Order(StringComparer.Ordinal)];

    /// <summary>The C# files of src.</summary>
    public static IReadOnlyList<SourceFile> Sources { get; } = [.. Read("src", "*.cs")];

    /// <summary>What people read: sources, tests, documents, scripts, project files.</summary>
    public static IReadOnlyList<SourceFile> Texts { get; } =
    [
        .. Read(".", "*.cs"), .. Read(".", "*.md"), .. Read(".", "*.csproj"), .. Read(".", "*.props"), .. Read(".", "*.targets"),
        .. Read(".", "*.json"), .. Read(".", "*.slnx"), .. Read(".", "*.sh"), .. Read(".ci", "*"),
    ];

    /// <summary>The assembly of each project of src.</summary>
    public static IReadOnlyList<Assembly> Assemblies { get; } = [.. Projects.Select(static p => Assembly.Load(AssemblyNameOf(p)))];

    /// <summary>The assemblies that others build upon: all but the programs.</summary>
    public static IReadOnlyList<Assembly> Libraries { get; } = [.. Assemblies.Where(static a => a.EntryPoint is null)];

    private static string AssemblyNameOf(string project)
    {
        var text = File.ReadAllText(project);
        const string open = "<AssemblyName>";
        var start = text.IndexOf(open, StringComparison.Ordinal);
        return start < 0 ? Path.GetFileNameWithoutExtension(project) : text[(start + open.Length)..text.IndexOf("</AssemblyName>", StringComparison.Ordinal)];
    }

    private static IEnumerable<SourceFile> Read(string folder, string pattern)
    {
        var top = Path.Combine(Root, folder);
        if (!Directory.Exists(top)) return [];
        return Directory.EnumerateFiles(top, pattern, SearchOption.AllDirectories)
            .Where(IsOwn)
            .Order(StringComparer.Ordinal)
            .Select(static p => new SourceFile(Path.GetRelativePath(Root, p).Replace('\\', '/'), File.ReadAllText(p)));
    }

    private static bool IsOwn(string path) =>
        !Path.GetRelativePath(Root, path).Replace('\\', '/').Split('/').Any(static part => part is "bin" or "obj" or ".git" or "artifacts" or "TestResults" or "node_modules");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Tessera.slnx"))) return folder.FullName;
        }

        throw new InvalidOperationException("Tessera.slnx is not above the test program");
    }
}
