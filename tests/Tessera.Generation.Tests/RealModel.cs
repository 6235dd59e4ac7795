namespace Tessera.Generation.Tests;

/// <summary>A real model beside the repository; tests that need it are skipped where it is absent.</summary>
internal static class RealModel
{
    private const string File = "models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf";

    /// <summary>SmolLM2-135M-Instruct.</summary>
    public static ModelPackage Load()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder.FullName, "Tessera.slnx"))) folder = folder.Parent;
        var path = Path.Combine(folder?.Parent?.FullName ?? "", "shared", File);
        Assert.SkipUnless(System.IO.File.Exists(path), $"needs shared/{File} beside the repository");
        return ModelPackage.Load(path);
    }
}
