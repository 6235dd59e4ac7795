using System.Text;

namespace Tessera.Tokenizers;

/// <summary>The texts of those tokens that are shown as another text than their id's: unknown text, added tokens as they stood. By place; strings are made when somebody asks.</summary>
internal sealed class ShownTexts
{
    private readonly List<(int Place, int Start, int Length)> _places = [];
    private byte[] _utf8 = [];
    private int _used;

    /// <summary>How many there are.</summary>
    public int Count => _places.Count;

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _places.Clear();
        _used = 0;
    }

    /// <summary>Forgets those of a place and beyond.</summary>
    public void Truncate(int place)
    {
        while (_places.Count > 0 && _places[^1].Place >= place) _places.RemoveAt(_places.Count - 1);
    }

    /// <summary>Adds the text of a place behind all others.</summary>
    public void Add(int place, ReadOnlySpan<byte> utf8)
    {
        if (_utf8.Length - _used < utf8.Length) Array.Resize(ref _utf8, Math.Max(checked(_used + utf8.Length), (int)Math.Min(Array.MaxLength, 2L * _used)));
        utf8.CopyTo(_utf8.AsSpan(_used));
        _places.Add((place, _used, utf8.Length));
        _used += utf8.Length;
    }

    /// <summary>Adds others, behind all there are.</summary>
    /// <param name="others">The others.</param>
    /// <param name="start">The place among them that counts first.</param>
    /// <param name="end">The place behind the last that counts.</param>
    /// <param name="at">Which place the first becomes.</param>
    public void AddRange(ShownTexts others, int start, int end, int at)
    {
        for (var i = others.At(start); i < others._places.Count && others._places[i].Place < end; i++)
        {
            var (place, from, length) = others._places[i];
            Add(at + place - start, others._utf8.AsSpan(from, length));
        }
    }

    /// <summary>All, by place.</summary>
    public IEnumerable<(int Place, string Text)> All()
    {
        foreach (var (place, start, length) in _places) yield return (place, Encoding.UTF8.GetString(_utf8, start, length));
    }

    /// <summary>The text of a place; null where it is the id's.</summary>
    public string? Of(int place)
    {
        var at = At(place);
        return at < _places.Count && _places[at].Place == place ? Encoding.UTF8.GetString(_utf8, _places[at].Start, _places[at].Length) : null;
    }

    private int At(int place)
    {
        var (low, high) = (0, _places.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_places[middle].Place < place) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
