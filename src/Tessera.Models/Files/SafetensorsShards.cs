using System.Text.Json;
using Tessera.Tensors;

namespace Tessera.Models.Files;

/// <summary>
/// A model in several safetensors files: <c>model.safetensors.index.json</c> maps each tensor to the file that holds it. The names of the
/// files come from the index and are trusted with nothing: they must be plain names of files in the index's own folder, and no link may lead
/// out of it, except into the <c>blobs</c> folder of a Hugging Face cache, whose snapshots consist of such links.
/// </summary>
public sealed class SafetensorsShards : IWeightSource
{
    private const int TensorsPerShardSet = 4; // the largest sets have some 92,000 tensors; the limit for one file is 65,536

    private readonly OrderedDictionary<string, TensorInfo> _tensors = [];
    private readonly Dictionary<string, SafetensorsFile> _fileOf = [];
    private readonly Dictionary<string, SafetensorsFile> _files = [];
    private readonly string _folder;

    private SafetensorsShards(string indexPath)
    {
        Path = indexPath;
        _folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(indexPath))!;
    }

    /// <summary>The path of the index.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <inheritdoc/>
    public long WeightBytes { get; private set; }

    /// <summary>The names of the files, in the order of the index.</summary>
    public IReadOnlyCollection<string> Files => _files.Keys;

    /// <summary>Opens the index and every file that it names.</summary>
    /// <param name="indexPath">The <c>….safetensors.index.json</c>.</param>
    /// <param name="limits">Bounds; the defaults if null.</param>
    /// <exception cref="MalformedInputException">The index or a shard is malformed, a shard is missing, or a tensor is not where the index says.</exception>
    /// <exception cref="UnsupportedFeatureException">A tensor has a type that Tessera does not compute with.</exception>
    /// <exception cref="ResourceLimitException">Something asks for more than the limits allow.</exception>
    public static SafetensorsShards Open(string indexPath, InputLimits? limits = null)
    {
        limits ??= InputLimits.Default;
        var shards = new SafetensorsShards(indexPath);
        try
        {
            foreach (var (tensor, file) in shards.ReadMap(limits)) shards.Add(tensor, file, limits);
            shards.WeightBytes = shards._tensors.Values.Sum(t => t.ByteLength);
            return shards;
        }
        catch
        {
            shards.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Tensor GetTensor(string name) => _fileOf.TryGetValue(name, out var file)
        ? file.GetTensor(name)
        : throw new MalformedInputException(Path, name, "there is no tensor of this name");

    /// <summary>Closes every file; their tensors become invalid.</summary>
    public void Dispose()
    {
        foreach (var file in _files.Values) file.Dispose();
    }

    private void Add(string tensor, string fileName, InputLimits limits)
    {
        if (!_files.TryGetValue(fileName, out var file))
        {
            file = SafetensorsFile.Open(Locate(tensor, fileName), limits);
            _files.Add(fileName, file);
        }

        if (!file.Tensors.TryGetValue(tensor, out var info)) throw Error(tensor, $"the tensor is not in {fileName}");
        _tensors.Add(tensor, info);
        _fileOf.Add(tensor, file);
    }

    private string Locate(string tensor, string fileName)
    {
        if (!IsPlainName(fileName)) throw Error(tensor, "the file's name is no plain name of a .safetensors file in this folder");
        var shard = new FileInfo(System.IO.Path.Combine(_folder, fileName));
        if (!shard.Exists) throw Error(tensor, $"the file {fileName} is missing");
        if (shard.ResolveLinkTarget(returnFinalTarget: true) is { } target && !MayHold(System.IO.Path.GetDirectoryName(target.FullName)))
            throw Error(tensor, $"the file {fileName} is a link that leads out of the folder");
        return shard.FullName;
    }

    private bool MayHold(string? folder)
    {
        if (folder == _folder) return true;
        // models--owner--name/snapshots/revision/model.safetensors → models--owner--name/blobs/hash
        var snapshots = System.IO.Path.GetDirectoryName(_folder);
        return snapshots is not null && System.IO.Path.GetFileName(snapshots) == "snapshots"
            && folder == System.IO.Path.Combine(System.IO.Path.GetDirectoryName(snapshots)!, "blobs");
    }

    // Letters, digits, dot, dash and underscore; nothing that a file system could read as a path, a stream, a device or a hidden file.
    private static bool IsPlainName(string name)
    {
        if (name.Length is 0 or > 200 || name[0] == '.' || !name.EndsWith(".safetensors", StringComparison.Ordinal)) return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_')) return false;
        }

        var stem = name[..name.IndexOf('.', StringComparison.Ordinal)].ToUpperInvariant();
        return stem is not ("CON" or "PRN" or "AUX" or "NUL") && !(stem.Length == 4 && char.IsAsciiDigit(stem[3]) && stem[..3] is "COM" or "LPT");
    }

    private List<(string Tensor, string File)> ReadMap(InputLimits limits)
    {
        var json = JsonText.ReadFile(Path, limits.MaxJsonBytes);
        JsonText.Check(json, Path);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = limits.MaxDepth });
        try
        {
            List<(string, string)>? map = null;
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject) throw new MalformedInputException(Path, "$", "the index is no object");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isMap = reader.ValueTextEquals("weight_map"u8);
                if (isMap && map is not null) throw new MalformedInputException(Path, "weight_map", "stands twice");
                reader.Read();
                if (isMap) map = ReadEntries(ref reader, limits);
                else reader.Skip();
            }

            while (reader.Read()) // only white space may follow
            {
            }

            return map ?? throw new MalformedInputException(Path, "weight_map", "is missing");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw JsonText.Error(Path, e);
        }
    }

    private List<(string Tensor, string File)> ReadEntries(ref Utf8JsonReader reader, InputLimits limits)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new MalformedInputException(Path, "weight_map", "is no object");
        var entries = new List<(string, string)>();
        var tensors = new HashSet<string>();
        var files = new Dictionary<string, string>(); // one string object per file, not per tensor
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var tensor = JsonText.Text(ref reader, Path, "a tensor's name");
            if (!tensors.Add(tensor)) throw Error(tensor, "the tensor stands twice in the index");
            if (tensors.Count > (long)limits.MaxTensors * TensorsPerShardSet)
                throw new ResourceLimitException($"tensors in {Path}", tensors.Count, (long)limits.MaxTensors * TensorsPerShardSet);
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) throw Error(tensor, "the file's name is no string");
            var file = JsonText.Text(ref reader, Path, "a file's name");
            if (!files.TryAdd(file, file)) file = files[file];
            entries.Add((tensor, file));
        }

        return entries;
    }

    private MalformedInputException Error(string tensor, string reason) => new(Path, $"weight_map.{tensor}", reason);
}
