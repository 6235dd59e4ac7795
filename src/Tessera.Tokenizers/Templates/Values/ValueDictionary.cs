namespace Tessera.Tokenizers.Templates.Values;

/// <summary>
/// Python's dict as templates see it: insertion order, the last of equal keys wins in the first one's place. Small dictionaries (messages,
/// tool calls) are searched; larger ones get an index when first asked.
/// </summary>
internal sealed class ValueDictionary
{
    private const int IndexAbove = 8; // up to here comparing eight short strings costs no more than hashing one

    private Value[] _keys;
    private Value[] _values;
    private Dictionary<Value, int>? _index;

    public ValueDictionary(int capacity = 4)
    {
        _keys = new Value[capacity];
        _values = new Value[capacity];
    }

    public int Count { get; private set; }

    public ReadOnlySpan<Value> Keys => _keys.AsSpan(0, Count);

    public ReadOnlySpan<Value> Values => _values.AsSpan(0, Count);

    /// <summary>Adds or replaces; only for building, a template never sees a dictionary change.</summary>
    public void Set(in Value key, in Value value)
    {
        var slot = Find(key);
        if (slot >= 0)
        {
            _values[slot] = value;
            return;
        }

        if (Count == _keys.Length)
        {
            Array.Resize(ref _keys, Math.Max(4, Count * 2));
            Array.Resize(ref _values, _keys.Length);
        }

        _keys[Count] = key;
        _values[Count] = value;
        _index?.Add(key, Count);
        Count++;
    }

    public bool TryGet(in Value key, out Value value)
    {
        var slot = Find(key);
        value = slot >= 0 ? _values[slot] : default;
        return slot >= 0;
    }

    public bool TryGet(string key, out Value value)
    {
        if (Count > IndexAbove)
            return TryGet(Value.Of(key), out value);
        for (var i = 0; i < Count; i++)
        {
            if (_keys[i].IsString && _keys[i].Text == key)
            {
                value = _values[i];
                return true;
            }
        }

        value = default;
        return false;
    }

    public Value[] ToItems()
    {
        var items = new Value[Count];
        for (var i = 0; i < items.Length; i++)
            items[i] = Value.Tuple(_keys[i], _values[i]);
        return items;
    }

    private int Find(in Value key)
    {
        if (Count > IndexAbove)
        {
            if (_index is null)
            {
                _index = new Dictionary<Value, int>(Count * 2, ValueKeyComparer.Instance);
                for (var i = 0; i < Count; i++)
                    _index.Add(_keys[i], i);
            }

            return _index.GetValueOrDefault(key, -1);
        }

        for (var i = 0; i < Count; i++)
        {
            if (ValueKeyComparer.Instance.Equals(_keys[i], key))
                return i;
        }

        return -1;
    }
}
