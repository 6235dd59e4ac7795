using System.Diagnostics.CodeAnalysis;

namespace Tessera.Models.Files;

/// <summary>The metadata of a GGUF file: typed values under unique keys.</summary>
public sealed class GgufMetadata
{
    private readonly OrderedDictionary<string, GgufValue> _values;
    private readonly string _path;

    internal GgufMetadata(string path, OrderedDictionary<string, GgufValue> values) => (_path, _values) = (path, values);

    /// <summary>The number of keys.</summary>
    public int Count => _values.Count;

    /// <summary>The keys in the order of the file.</summary>
    public IReadOnlyCollection<string> Keys => _values.Keys;

    /// <summary>The value of a key that must be there.</summary>
    /// <exception cref="MalformedInputException">It is not.</exception>
    public GgufValue this[string key] => TryGet(key, out var value) ? value : throw new MalformedInputException(_path, key, "the key is missing");

    /// <summary>The value of a key, if it is there.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out GgufValue? value) => _values.TryGetValue(key, out value);

    /// <summary>The text of a key that must be there.</summary>
    /// <exception cref="MalformedInputException">The key is missing or no string.</exception>
    public string String(string key) => this[key].AsString();
}
