namespace Tessera;

/// <summary>
/// Bounds on what input from outside may ask for, checked before anything is allocated. The defaults admit every model that is
/// published today; a service that opens strangers' files can tighten them.
/// </summary>
public sealed record InputLimits
{
    /// <summary>The limits used where none are given.</summary>
    public static InputLimits Default { get; } = new();

    /// <summary>Largest number of tensors in one file. Default 65,536.</summary>
    public int MaxTensors { get; init; } = 65_536;

    /// <summary>Largest number of metadata keys in one file. Default 65,536.</summary>
    public int MaxMetadataKeys { get; init; } = 65_536;

    /// <summary>Longest string in a file's metadata, in bytes. Default 16 MiB (chat templates, tokenizer blobs).</summary>
    public int MaxStringBytes { get; init; } = 16 << 20;

    /// <summary>Largest array in a file's metadata, in elements. Default 16 Mi.</summary>
    public int MaxArrayLength { get; init; } = 16 << 20;

    /// <summary>Largest JSON document (configuration, tokenizer, safetensors header), in bytes. Default 100 MB, safetensors' own limit.</summary>
    public int MaxJsonBytes { get; init; } = 100_000_000;

    /// <summary>Deepest nesting of JSON, templates and expressions. Default 64.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>Largest vocabulary, in tokens. Default 4 Mi.</summary>
    public int MaxVocabulary { get; init; } = 4 << 20;

    /// <summary>Largest number of layers of a model. Default 4,096.</summary>
    public int MaxLayers { get; init; } = 4_096;

    /// <summary>Largest width (hidden size, intermediate size, heads × head size) of a model. Default 1 Mi.</summary>
    public int MaxWidth { get; init; } = 1 << 20;
}
