namespace Tessera.Golden;

/// <summary>Things that are expensive to make, by key; disposed together.</summary>
public sealed class SharedCache : IDisposable
{
    private readonly Dictionary<string, object> _entries = new(StringComparer.Ordinal);

    /// <summary>The entry of a key, made on first use.</summary>
    public T Get<T>(string key, Func<T> make) where T : notnull
    {
        if (!_entries.TryGetValue(key, out var entry)) _entries[key] = entry = make();
        return (T)entry;
    }

    /// <summary>Disposes and forgets every entry; the cache can be used again.</summary>
    public void Dispose()
    {
        foreach (var entry in _entries.Values) (entry as IDisposable)?.Dispose();
        _entries.Clear();
    }
}
