namespace Tessera.Tokenizers.Tests;

/// <summary>The tokenizers beside the repository; tests that need one are skipped where it is absent.</summary>
internal static class SharedTokenizers
{
    /// <summary>A golden tokenizer's file.</summary>
    public static string Golden(string name) => Find(Path.Combine("golden", "tokenizers", "encoding", name + ".tokenizer.json"));

    /// <summary>Every golden tokenizer and those of the real models.</summary>
    public static List<string> All()
    {
        var shared = Path.GetDirectoryName(Path.GetDirectoryName(Find(Path.Combine("golden", "tokenizers"))))!;
        return [.. Directory.GetFiles(Path.Combine(shared, "golden", "tokenizers"), "*tokenizer.json", SearchOption.AllDirectories), .. Directory.GetFiles(Path.Combine(shared, "models"), "tokenizer.json", SearchOption.AllDirectories)];
    }

    private static string Find(string relative)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Tessera.slnx"))) folder = folder.Parent;
        var path = Path.Combine(folder?.Parent?.FullName ?? "", "shared", relative);
        Assert.SkipUnless(Path.Exists(path), $"needs shared/{relative} beside the repository");
        return path;
    }
}
