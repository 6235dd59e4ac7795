using Tessera.Tensors;

namespace Tessera.Models.Files;

/// <summary>
/// The weights of a model from wherever a path leads: a GGUF file, a safetensors file, an index of shards, or a folder with any of these.
/// Pickles (<c>pytorch_model.bin</c>) are refused: to read one is to run the code in it.
/// </summary>
public sealed class WeightFiles : IWeightSource
{
    private readonly IWeightSource _source;
    private readonly InputLimits? _limits;

    private WeightFiles(string path, IWeightSource source, ModelFolder folder, InputLimits? limits)
    {
        (Path, _source, Folder, _limits) = (path, source, folder, limits);
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>The folder that holds the weights, with the files that belong to them.</summary>
    public ModelFolder Folder { get; }

    /// <summary>The GGUF file, if the weights are in one: it brings its own configuration and tokenizer. Otherwise null.</summary>
    public GgufFile? Gguf => _source as GgufFile;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _source.Tensors;

    /// <inheritdoc/>
    public long WeightBytes => _source.WeightBytes;

    /// <summary>Opens the weights at a path.</summary>
    /// <param name="path">
    /// A file (<c>.gguf</c>, <c>.safetensors</c>, <c>.safetensors.index.json</c>) or a folder. In a folder the order is that of transformers:
    /// <c>model.safetensors</c>, then its index, then the only <c>.safetensors</c> or <c>.gguf</c> file.
    /// </param>
    /// <param name="limits">Bounds on what the files may ask for; the defaults if null.</param>
    /// <exception cref="MalformedInputException">A file breaks the rules of its format.</exception>
    /// <exception cref="UnsupportedFeatureException">The weights are a pickle, a split GGUF, or of no known format.</exception>
    /// <exception cref="ResourceLimitException">A file asks for more than the limits allow.</exception>
    /// <exception cref="IOException">There is nothing at the path, or it can't be opened.</exception>
    public static WeightFiles Open(string path, InputLimits? limits = null)
    {
        var folder = ModelFolder.Open(path);
        var file = Directory.Exists(path) ? InFolder(folder) : path;
        return new WeightFiles(path, OpenFile(file, limits), folder, limits);
    }

    /// <summary>The weights of an open GGUF file, such as one that was embedded in a program; closed with the result.</summary>
    /// <param name="file">The file.</param>
    /// <param name="limits">Bounds on what further files may ask for; the defaults if null.</param>
    public static WeightFiles Of(GgufFile file, InputLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new WeightFiles(file.Path, file, ModelFolder.None, limits);
    }

    /// <inheritdoc/>
    public Tensor GetTensor(string name) => _source.GetTensor(name);

    /// <summary>A view of a tensor's data, or null if there is no tensor of this name.</summary>
    public Tensor? TryGet(string name) => Tensors.ContainsKey(name) ? GetTensor(name) : null;

    /// <summary>Opens the config.json beside the weights, under the same limits; the caller disposes it.</summary>
    /// <exception cref="MalformedInputException">There is none, or it is malformed.</exception>
    public ConfigReader OpenConfig() => Folder.ConfigPath is { } config
        ? ConfigReader.Open(config, _limits)
        : throw new MalformedInputException(Path, "config.json", "the file is missing; it says which architecture the weights belong to");

    /// <summary>Closes the files; their tensors become invalid.</summary>
    public void Dispose() => _source.Dispose();

    private static string InFolder(ModelFolder folder)
    {
        if ((folder.Find("model.safetensors") ?? folder.Find("model.safetensors.index.json")) is { } usual) return usual;
        if ((folder.Find("pytorch_model.bin") ?? folder.Find("pytorch_model.bin.index.json")) is { } pickle) throw Pickle(pickle);
        return folder.FindOnly("*.safetensors") ?? folder.FindOnly("*.gguf")
            ?? throw new UnsupportedFeatureException(folder.Path, "a folder without model weights", "It needs model.safetensors, model.safetensors.index.json or a .gguf file.");
    }

    private static IWeightSource OpenFile(string path, InputLimits? limits)
    {
        var name = System.IO.Path.GetFileName(path);
        bool Ends(string suffix) => name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase);
        if (Ends(".gguf")) return WholeGguf(path, limits);
        if (Ends(".safetensors")) return SafetensorsFile.Open(path, limits);
        if (Ends(".safetensors.index.json")) return SafetensorsShards.Open(path, limits);
        if (Ends(".bin") || Ends(".pt") || Ends(".pth") || Ends(".ckpt") || Ends(".bin.index.json")) throw Pickle(path);
        throw new UnsupportedFeatureException(path, $"a weight file of the name {name}", "Known are .gguf, .safetensors and .safetensors.index.json.");
    }

    private static GgufFile WholeGguf(string path, InputLimits? limits)
    {
        var file = GgufFile.Open(path, limits);
        try
        {
            if (file.Metadata.TryGet("split.count", out var parts) && parts.AsInt64() > 1)
                throw new UnsupportedFeatureException(path, $"a GGUF model split into {parts.AsInt64()} files", "Merge them with llama-gguf-split --merge.");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static UnsupportedFeatureException Pickle(string path) => new(
        path, $"the pickle {System.IO.Path.GetFileName(path)}", "Reading a pickle runs the code in it; convert the model to safetensors, or take a .safetensors or .gguf file of it.");
}
