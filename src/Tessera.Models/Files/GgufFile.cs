using Tessera.Tensors;

namespace Tessera.Models.Files;

/// <summary>
/// A GGUF container, versions 2 and 3, little-endian, mapped into memory: typed metadata and tensors by name. Knows nothing about models.
/// Every count, length, offset, dimension, type and name is checked when the file is opened, by the rules of the GGUF specification and of
/// ggml's own reader (gguf.cpp); what an open file says can be relied upon.
/// </summary>
public sealed class GgufFile : IWeightSource
{
    private readonly MappedFile _file;
    private readonly OrderedDictionary<string, TensorInfo> _tensors;

    private GgufFile(MappedFile file, GgufParser parser)
    {
        _file = file;
        _tensors = parser.Tensors;
        Version = parser.Version;
        Alignment = parser.Alignment;
        Metadata = new GgufMetadata(file.Path, parser.Metadata);
        WeightBytes = _tensors.Values.Sum(t => t.ByteLength);
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <summary>The format's version: 2 or 3.</summary>
    public int Version { get; }

    /// <summary>Every tensor starts at a multiple of this many bytes behind the start of the data.</summary>
    public long Alignment { get; }

    /// <summary>The metadata.</summary>
    public GgufMetadata Metadata { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <inheritdoc/>
    public long WeightBytes { get; }

    /// <summary>Opens and checks a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">Bounds on what it may ask for; the defaults if null.</param>
    /// <exception cref="MalformedInputException">The file breaks the format's rules.</exception>
    /// <exception cref="UnsupportedFeatureException">The file is big-endian, of version 1 or newer than 3, or uses a format that ggml removed.</exception>
    /// <exception cref="ResourceLimitException">The file asks for more than the limits allow.</exception>
    /// <exception cref="IOException">The file can't be opened.</exception>
    public static GgufFile Open(string path, InputLimits? limits = null) => Open(MappedFile.Open(path), limits);

    /// <summary>Reads and checks a mapped file, which the result then owns; it is closed if this fails.</summary>
    /// <inheritdoc cref="Open(string, InputLimits?)"/>
    public static GgufFile Open(MappedFile file, InputLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            var parser = new GgufParser(file, limits ?? InputLimits.Default);
            parser.Parse();
            return new GgufFile(file, parser);
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

    /// <summary>Closes the mapping; tensors and metadata values of this file become invalid.</summary>
    public void Dispose() => _file.Dispose();
}
