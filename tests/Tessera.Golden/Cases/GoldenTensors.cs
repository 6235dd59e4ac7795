using System.Collections.Concurrent;
using Tessera.Models.Files;

namespace Tessera.Golden;

/// <summary>The tensors of one safetensors file, read whole, and which of them were asked for.</summary>
public sealed class GoldenTensors
{
    private static readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, GoldenTensor>> s_files = new(StringComparer.Ordinal);
    private readonly IReadOnlyDictionary<string, GoldenTensor> _tensors;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    private GoldenTensors(string path, IReadOnlyDictionary<string, GoldenTensor> tensors)
    {
        Path = path;
        _tensors = tensors;
    }

    /// <summary>The file's full path.</summary>
    public string Path { get; }

    /// <summary>The tensors' names.</summary>
    public IEnumerable<string> Names => _tensors.Keys;

    /// <summary>A tensor by name.</summary>
    /// <exception cref="GoldenFormatException">There is none of that name.</exception>
    public GoldenTensor this[string name] => Find(name) ?? throw new GoldenFormatException(System.IO.Path.GetFileName(Path), $"no tensor \"{name}\"");

    /// <summary>A tensor by name, or null.</summary>
    public GoldenTensor? Find(string name)
    {
        if (!_tensors.TryGetValue(name, out var tensor)) return null;
        _read.Add(name);
        return tensor;
    }

    /// <summary>Opens a file; its contents are kept for the process, the marks are this instance's own.</summary>
    public static GoldenTensors Open(string path) => new(path, s_files.GetOrAdd(path, Read));

    internal void CollectUnread(string path, List<string> into)
    {
        foreach (var name in _tensors.Keys)
        {
            if (!_read.Contains(name)) into.Add($"{path}:{name}");
        }
    }

    private static Dictionary<string, GoldenTensor> Read(string path)
    {
        using var file = SafetensorsFile.Open(path);
        var tensors = new Dictionary<string, GoldenTensor>(StringComparer.Ordinal);
        foreach (var (name, info) in file.Tensors)
            tensors[name] = GoldenTensor.FromBytes(name, info.Format, info.Shape.Span, file.GetTensor(name).Bytes);
        return tensors;
    }
}
