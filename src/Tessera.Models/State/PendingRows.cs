namespace Tessera.Models.State;

/// <summary>
/// Hidden states of tokens whose computation stopped before a layer, [width] floats each, until a later pass lets them go on. Changes of a
/// pass count when it is committed and are undone when it fails. Knows nothing about why they stopped.
/// </summary>
internal sealed class PendingRows
{
    private readonly int _width;
    private readonly Dictionary<int, Entry> _entries = [];
    private readonly int[] _counts; // by layer
    private readonly Stack<float[]> _spare = [];
    private readonly List<int> _put = [];
    private readonly List<(int Token, Entry Entry)> _taken = [];

    internal readonly record struct Entry(int Layer, int Position, float[] Hidden);

    internal PendingRows(int layers, int width)
    {
        _counts = new int[layers];
        _width = width;
    }

    internal long Bytes => (long)(_entries.Count + _spare.Count + _taken.Count) * _width * sizeof(float);

    internal int CountAt(int layer) => _counts[layer];

    internal int LayerOf(int token) => _entries.TryGetValue(token, out var entry) ? entry.Layer : -1;

    /// <summary>Takes a token out; its hidden state stays readable until the pass is committed.</summary>
    internal Entry Take(int token, int layer)
    {
        if (!_entries.TryGetValue(token, out var entry) || entry.Layer != layer)
            throw new ArgumentException($"The schedule runs token {token} in layer {layer}, where it neither arrives nor waits.");
        _entries.Remove(token);
        _counts[layer]--;
        _taken.Add((token, entry));
        return entry;
    }

    internal void Put(int token, int layer, int position, ReadOnlySpan<float> hidden)
    {
        if (!_spare.TryPop(out var copy)) copy = new float[_width];
        hidden.CopyTo(copy);
        _entries.Add(token, new Entry(layer, position, copy));
        _counts[layer]++;
        _put.Add(token);
    }

    internal void Commit()
    {
        foreach (var (_, entry) in _taken) _spare.Push(entry.Hidden);
        _taken.Clear();
        _put.Clear();
    }

    internal void Undo()
    {
        foreach (var token in _put)
        {
            if (_entries.Remove(token, out var entry)) Drop(entry);
        }

        foreach (var (token, entry) in _taken)
        {
            _entries.Add(token, entry);
            _counts[entry.Layer]++;
        }

        _taken.Clear();
        _put.Clear();
    }

    internal void Truncate(int length)
    {
        foreach (var (token, entry) in _entries)
        {
            if (token < length) continue;
            _entries.Remove(token);
            Drop(entry);
        }
    }

    internal PendingRows Fork()
    {
        var fork = new PendingRows(_counts.Length, _width);
        foreach (var (token, entry) in _entries) fork.Put(token, entry.Layer, entry.Position, entry.Hidden);
        fork.Commit();
        return fork;
    }

    private void Drop(in Entry entry)
    {
        _counts[entry.Layer]--;
        _spare.Push(entry.Hidden);
    }
}
