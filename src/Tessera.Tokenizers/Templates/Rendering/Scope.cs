using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Rendering;

/// <summary>
/// Variables of one block, found by the number that the parser gave to each name. The outermost scope is an array over all names of the
/// template; inner ones hold few names and are searched backwards.
/// </summary>
internal sealed class Scope
{
    private readonly bool _isRoot;
    private int[] _names;
    private Value[] _values;
    private int _count;
    private Dictionary<int, int>? _index; // from name to slot, once there are too many to search

    /// <summary>The outermost scope, over the values that the names of the template have at the start.</summary>
    public Scope(Value[] values)
    {
        _isRoot = true;
        _names = [];
        _values = values;
    }

    public Scope(Scope parent)
    {
        Parent = parent;
        _names = [];
        _values = [];
    }

    public Scope? Parent { get; }

    /// <summary>A macro or a caller refers to this scope, so that it must not be used again for the next iteration.</summary>
    public bool IsCaptured { get; set; }

    public Value Find(int name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope._isRoot)
                return scope._values[name];
            var slot = scope.FindSlot(name);
            if (slot >= 0)
                return scope._values[slot];
        }

        return default;
    }

    public void Set(int name, in Value value)
    {
        if (_isRoot)
        {
            _values[name] = value;
            return;
        }

        var slot = FindSlot(name);
        if (slot >= 0)
        {
            _values[slot] = value;
            return;
        }

        if (_count == _names.Length)
        {
            Array.Resize(ref _names, Math.Max(4, _count * 2));
            Array.Resize(ref _values, _names.Length);
        }

        _names[_count] = name;
        _values[_count] = value;
        _index?.Add(name, _count);
        _count++;
    }

    public void Clear()
    {
        _count = 0;
        _index?.Clear();
    }

    private int FindSlot(int name)
    {
        const int searched = 16; // published templates set a handful of names in a block
        if (_count > searched)
        {
            if (_index is null || _index.Count != _count)
            {
                _index = new Dictionary<int, int>(_count * 2);
                for (var i = 0; i < _count; i++)
                    _index.Add(_names[i], i);
            }

            return _index.GetValueOrDefault(name, -1);
        }

        for (var i = _count - 1; i >= 0; i--)
        {
            if (_names[i] == name)
                return i;
        }

        return -1;
    }
}
