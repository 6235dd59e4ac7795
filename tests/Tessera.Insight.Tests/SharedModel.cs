using Tessera.Generation;

namespace Tessera.Insight.Tests;

/// <summary>The real model beside the repository, loaded once; tests that need it are skipped where it is absent.</summary>
internal static class SharedModel
{
    private const string File = "models/smollm2-135m-instruct";
    private static readonly Lazy<ModelPackage> s_package = new(() => ModelPackage.Load(Find()));

    public static ModelPackage Get()
    {
        Assert.SkipUnless(Path.Exists(Find()), $"shared/{File} is absent beside the repository");
        return s_package.Value;
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "Tessera.slnx"))) return Path.Combine(folder.Parent!.FullName, "shared", File);
        }

        return File;
    }
}
