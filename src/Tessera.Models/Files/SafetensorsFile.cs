using Tessera.Tensors;

namespace Tessera.Models.Files;

/// <summary>
/// A safetensors file, mapped into memory: tensors by name and a map of texts. All rules of the format are checked when the file is opened:
/// header length, JSON, known types, sizes, and that the tensors cover the data without holes or overlaps.
/// Source: the format's description (huggingface/safetensors, README "Format") and its reference reader.
/// </summary>
public sealed class SafetensorsFile : IWeightSource
{
    private readonly MappedFile _file;
    private readonly OrderedDictionary<string, TensorInfo> _tensors;

    private SafetensorsFile(MappedFile file, SafetensorsHeader header)
    {
        _file = file;
        _tensors = header.Tensors;
        Metadata = header.Metadata;
        WeightBytes = _tensors.Values.Sum(t => t.ByteLength);
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <summary>The texts of <c>__metadata__</c>; empty if the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>What the file holds, in the order of the data.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <inheritdoc/>
    public long WeightBytes { get; }

    /// <summary>Opens and checks a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">Bounds on what it may ask for; the defaults if null.</param>
    /// <exception cref="MalformedInputException">The file breaks the format's rules.</exception>
    /// <exception cref="UnsupportedFeatureException">A tensor has a type of the format that Tessera does not compute with.</exception>
    /// <exception cref="ResourceLimitException">The file asks for more than the limits allow.</exception>
    /// <exception cref="IOException">The file can't be opened.</exception>
    public static SafetensorsFile Open(string path, InputLimits? limits = null) => Open(MappedFile.Open(path), limits);

    /// <summary>Reads and checks a mapped file, which the result then owns; it is closed if this fails.</summary>
    /// <inheritdoc cref="Open(string, InputLimits?)"/>
    public static SafetensorsFile Open(MappedFile file, InputLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            var header = new SafetensorsHeader(file, limits ?? InputLimits.Default);
            header.Parse();
            return new SafetensorsFile(file, header);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Tensor GetTensor(string name) => _tensors.TryGetValue(name, out var info)
        ? Tensor.FromFile(_file, info.Offset, info.Format, info.Shape.Span, name)
        : throw new MalformedInputException(Path, name, "there is no tensor of this name");

    /// <summary>Closes the mapping; tensors of this file become invalid.</summary>
    public void Dispose() => _file.Dispose();
}
