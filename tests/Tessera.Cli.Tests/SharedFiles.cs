using System.Text.Json;

namespace Tessera.Cli.Tests;

/// <summary>Real models and golden data beside the repository; tests that need them are skipped where they are absent.</summary>
internal static class SharedFiles
{
    /// <summary>The path of a model.</summary>
    public static string Model(string name) => Existing(Path.Combine("models", name));

    /// <summary>The cases of a golden file.</summary>
    public static JsonElement[] Cases(string name)
    {
        var golden = Environment.GetEnvironmentVariable("TESSERA_GOLDEN");
        var path = string.IsNullOrEmpty(golden) ? Existing(Path.Combine("golden", name)) : Path.Combine(golden, name);
        Assert.SkipUnless(File.Exists(path), $"{path} is absent");
        return [.. JsonDocument.Parse(File.ReadAllBytes(path)).RootElement.GetProperty("cases").EnumerateArray()];
    }

    private static string Existing(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "Tessera.slnx"))) continue;
            var path = Path.Combine(folder.Parent!.FullName, "shared", name);
            Assert.SkipUnless(Path.Exists(path), $"shared/{name} is absent beside the repository");
            return path;
        }

        Assert.Skip("the tests do not run from the repository");
        return "";
    }
}
