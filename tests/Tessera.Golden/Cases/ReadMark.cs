using System.Text.Json;

namespace Tessera.Golden;

/// <summary>
/// Which parts of a JSON value a reader has looked at: a tree beside the JSON tree that grows where something is read. Knows nothing of
/// what the values mean.
/// </summary>
internal sealed class ReadMark
{
    private Dictionary<string, ReadMark>? _keys;
    private Dictionary<int, ReadMark>? _items;
    private GoldenTensors? _tensors;

    /// <summary>Whether the value and everything below it was read.</summary>
    public bool IsAll { get; private set; }

    /// <summary>Whether nothing at or below this value was read.</summary>
    private bool IsUntouched => !IsAll && _keys is null && _items is null;

    public void MarkAll() => IsAll = true;

    /// <summary>The value names a file of tensors: each of them has to be read as well.</summary>
    public void Attach(GoldenTensors tensors)
    {
        MarkAll();
        _tensors = tensors;
    }

    public ReadMark Key(string key)
    {
        _keys ??= new Dictionary<string, ReadMark>(StringComparer.Ordinal);
        if (!_keys.TryGetValue(key, out var mark)) _keys[key] = mark = new ReadMark();
        return mark;
    }

    public ReadMark Item(int index)
    {
        _items ??= [];
        if (!_items.TryGetValue(index, out var mark)) _items[index] = mark = new ReadMark();
        return mark;
    }

    /// <summary>Adds the path of everything in <paramref name="element"/> that was not read; a subtree of which nothing was read is one entry.</summary>
    public static void CollectUnread(JsonElement element, ReadMark? mark, string path, List<string> into)
    {
        mark?._tensors?.CollectUnread(path, into);
        if (mark is { IsAll: true }) return;
        if (mark is null || mark.IsUntouched)
        {
            into.Add(path);
            return;
        }

        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                    CollectUnread(property.Value, mark._keys?.GetValueOrDefault(property.Name), $"{path}.{property.Name}", into);
                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in element.EnumerateArray())
                {
                    CollectUnread(item, mark._items?.GetValueOrDefault(index), $"{path}[{index}]", into);
                    index++;
                }

                break;
        }
    }
}
