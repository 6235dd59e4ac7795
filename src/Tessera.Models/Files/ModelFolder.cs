namespace Tessera.Models.Files;

/// <summary>
/// Which of the usual files of a Hugging Face model a folder has. Only looks; opens nothing. Paths are null where a file is not there.
/// </summary>
public sealed class ModelFolder
{
    private readonly bool _exists;

    private ModelFolder(string path, bool exists = true) => (Path, _exists) = (path, exists);

    /// <summary>The folder of a model that is in memory: it has no files.</summary>
    internal static ModelFolder None { get; } = new("", exists: false);

    /// <summary>The folder; empty for a model that is in memory.</summary>
    public string Path { get; }

    /// <summary><c>config.json</c>: the architecture and its sizes.</summary>
    public string? ConfigPath => Find("config.json");

    /// <summary><c>generation_config.json</c>: defaults of sampling, ids that end an answer.</summary>
    public string? GenerationConfigPath => Find("generation_config.json");

    /// <summary><c>tokenizer.json</c>: the whole tokenizer.</summary>
    public string? TokenizerPath => Find("tokenizer.json");

    /// <summary><c>tokenizer_config.json</c>: special tokens, and often the chat template.</summary>
    public string? TokenizerConfigPath => Find("tokenizer_config.json");

    /// <summary><c>chat_template.jinja</c>: the chat template in a file of its own; it rules over the one in tokenizer_config.json.</summary>
    public string? ChatTemplatePath => Find("chat_template.jinja");

    /// <summary>Looks at a folder, or at the folder of a file.</summary>
    /// <param name="path">A folder, or a file in it.</param>
    /// <exception cref="DirectoryNotFoundException">There is neither.</exception>
    public static ModelFolder Open(string path)
    {
        if (Directory.Exists(path)) return new ModelFolder(path);
        if (!File.Exists(path)) throw new DirectoryNotFoundException($"There is no file or folder {path}.");
        return new ModelFolder(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
    }

    /// <summary>The path of a file of this name, or null if the folder has none.</summary>
    /// <param name="name">A plain file name.</param>
    public string? Find(string name)
    {
        var path = System.IO.Path.Combine(Path, name);
        return _exists && File.Exists(path) ? path : null;
    }

    // The one file with this extension; null if there is none, an exception if there are several to choose from.
    internal string? FindOnly(string pattern)
    {
        var files = Directory.GetFiles(Path, pattern);
        if (files.Length <= 1) return files.Length == 0 ? null : files[0];
        throw new UnsupportedFeatureException(Path, $"a folder with {files.Length} files {pattern}", "Name one of them.");
    }
}
