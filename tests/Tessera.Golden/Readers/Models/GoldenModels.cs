using System.Text.Json;
using Tessera.Models;
using Tessera.Models.Architectures;
using Tessera.Models.Files;

namespace Tessera.Golden;

/// <summary>Opens the models that cases are about: the folder that a case file stands in, the GGUF file that a case names, or a real model.</summary>
internal static class GoldenModels
{
    /// <summary>Whether the case file stands in a model's folder of which the engine knows the architecture.</summary>
    public static bool IsKnownFolder(GoldenFile file) => ModelType(file.Folder) is { } type && Architecture.Table.Any(a => a.ModelTypes.Contains(type));

    /// <summary>Whether the case names a GGUF file of an architecture that the engine knows, or stands in such a model's folder.</summary>
    public static bool IsKnown(GoldenCase @case)
    {
        if (@case.Input.Find("file") is not { Kind: JsonValueKind.String } file) return IsKnownFolder(@case.File);
        var path = Path.Combine(@case.File.Folder, file.AsString());
        if (!File.Exists(path) || !path.EndsWith(".gguf", StringComparison.Ordinal)) return false;
        using var gguf = GgufFile.Open(path);
        return gguf.Metadata.TryGet("general.architecture", out var name) && Architecture.Table.Any(a => a.GgufName == name.AsString());
    }

    /// <summary>The <c>model_type</c> of a folder's config.json, or null where there is none.</summary>
    public static string? ModelType(string folder)
    {
        var path = Path.Combine(folder, "config.json");
        if (!File.Exists(path)) return null;
        using var config = JsonDocument.Parse(File.ReadAllBytes(path));
        return config.RootElement.TryGetProperty("model_type", out var type) ? type.GetString() : null;
    }

    /// <summary>The decoder of a case: the GGUF file of <c>input.file</c>, else the folder. Loaded once a folder.</summary>
    public static LanguageModel Language(GoldenCase @case) =>
        @case.Input.Find("file") is { Kind: JsonValueKind.String } gguf
            ? FromFile<LanguageModel>(@case.File, gguf.AsFilePath())
            : FromFolder<LanguageModel>(@case.File, @case.File.Folder, training: false);

    /// <summary>The decoder or encoder of the folder that the case file stands in.</summary>
    public static TModel FromFolder<TModel>(GoldenFile file, string folder, bool training) where TModel : Model =>
        file.Shared($"{folder}|{training}", () =>
        {
            MarkOpened(file, folder);
            var model = Model.Load(folder, new ModelLoadOptions { ForTraining = training });
            return model as TModel ?? throw new NotCoveredException($"{model.GetType().Name} where {typeof(TModel).Name} is needed");
        });

    /// <summary>A fresh copy of a folder's model, to be trained; the caller disposes it.</summary>
    public static TModel ForTraining<TModel>(GoldenFile file, string folder) where TModel : Model
    {
        MarkOpened(file, folder);
        var model = Model.Load(folder, new ModelLoadOptions { ForTraining = true });
        if (model is TModel wanted) return wanted;
        model.Dispose();
        throw new NotCoveredException($"{Path.GetFileName(folder)} is no {typeof(TModel).Name}");
    }

    /// <summary>Whether a folder that a case names holds a model of an architecture that the engine knows.</summary>
    public static bool IsKnownFolder(GoldenFile file, string name) =>
        FindFolder(file, name) is { } folder && ModelType(folder) is { } type && Architecture.Table.Any(a => a.ModelTypes.Contains(type));

    /// <summary>The folder of a model that the case names: beside or above the file, else a real model.</summary>
    public static string NamedFolder(GoldenFile file, string name) => FindFolder(file, name) ?? file.Directory.RealModel(name);

    /// <summary>A real model by its name, loaded once a run.</summary>
    public static TModel Real<TModel>(GoldenFile file, string name) where TModel : Model
    {
        var folder = file.Directory.RealModel(name);
        var path = Directory.EnumerateFiles(folder, "*.gguf").Order(StringComparer.Ordinal).FirstOrDefault() ?? folder;
        return file.Directory.RunCache.Get(path, () => Model.Load(path) as TModel ?? throw new NotCoveredException($"{name} is no {typeof(TModel).Name}"));
    }

    private static string? FindFolder(GoldenFile file, string name)
    {
        for (var folder = file.Folder; folder.Length >= file.Directory.Root.Length; folder = Path.GetDirectoryName(folder)!)
        {
            if (File.Exists(Path.Combine(folder, name, "config.json"))) return Path.Combine(folder, name);
        }

        return null;
    }

    private static TModel FromFile<TModel>(GoldenFile file, string path) where TModel : Model =>
        file.Shared(path, () => Model.Load(path) as TModel ?? throw new NotCoveredException($"{Path.GetFileName(path)} is no {typeof(TModel).Name}"));

    private static void MarkOpened(GoldenFile file, string folder)
    {
        foreach (var path in Directory.EnumerateFiles(folder))
        {
            if (Path.GetFileName(path) is "config.json" or "generation_config.json" || Path.GetFileName(path).StartsWith("model", StringComparison.Ordinal))
                file.Directory.MarkOpened(path);
        }
    }
}
