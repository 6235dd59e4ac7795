using System.Text.Json;

namespace Tessera.Models.Tests.Files;

/// <summary>Finds the recorded reference data: the folder that TESSERA_GOLDEN names, or shared/golden beside the repository. Tests skip without it.</summary>
internal static class Golden
{
    public static string Find(string relativePath)
    {
        var root = Environment.GetEnvironmentVariable("TESSERA_GOLDEN") ?? BesideRepository();
        var path = root is null ? null : Path.Combine(root, relativePath);
        Assert.SkipUnless(Path.Exists(path), $"golden data {relativePath} not found; set TESSERA_GOLDEN to the golden folder");
        return path!;
    }

    public static JsonElement Json(string relativePath) => JsonDocument.Parse(File.ReadAllBytes(Find(relativePath))).RootElement;

    private static string? BesideRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "Tessera.slnx"))) continue;
            return Path.Combine(folder.Parent!.FullName, "shared", "golden");
        }

        return null;
    }
}
