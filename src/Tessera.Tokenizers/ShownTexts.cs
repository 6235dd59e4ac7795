using System.Text;

namespace Tessera.Tokenizers;

/// <summary>The texts of those tokens that are shown as another text than their id's: unknown text, added tokens as they stood. By place; strings are made when somebody asks.</summary>
internal sealed class ShownTexts
{
    private Shown[] _shown = new Shown[4];
    private byte[] _utf8 = [];
    private int _used;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        Count = _used = 0;
    }

    /// <summary>Forgets those of a place and beyond.</summary>
    public void Truncate(int place)
    {
        while (Count > 0 && _shown[Count - 1].Place >= place) Count--;
    }

    /// <summary>Adds the text of a place behind all others.</summary>
    public void Add(int place, ReadOnlySpan<byte> utf8)
    {
        if (_utf8.Length - _used < utf8.Length) Array.Resize(ref _utf8, Math.Max(checked(_used + utf8.Length), (int)Math.Min(Array.MaxLength, 2L * _used)));
        utf8.CopyTo(_utf8.AsSpan(_used));
        if (Count == _shown.Length) Array.Resize(ref _shown, 2 * Count);
        _shown[Count++] = new Shown(place, _used, utf8.Length);
        _used += utf8.Length;
    }

    /// <summary>Adds others, behind all there are.</summary>
    /// <param name="others">The others.</param>
    /// <param name="start">The place among them that counts first.</param>
    /// <param name="end">The place behind the last that counts.</param>
    /// <param name="at">Which place the first becomes.</param>
    public void AddRange(ShownTexts others, int start, int end, int at)
    {
        for (var i = others.At(start); i < others.Count && others._shown[i].Place < end; i++)
        {
            var (place, from, length) = others._shown[i];
            Add(at + place - start, others._utf8.AsSpan(from, length));
        }
    }

    /// <summary>All, by place.</summary>
    public IEnumerable<(int Place, string Text)> All()
    {
        for (var i = 0; i < Count; i++) yield return (_shown[i].Place, TextOf(i));
    }

    /// <summary>The text of a place; null where it is the id's.</summary>
    public string? Of(int place)
    {
        var at = At(place);
        return at < Count && _shown[at].Place == place ? TextOf(at) : null;
    }

    private string TextOf(int at) => Encoding.UTF8.GetString(_utf8, _shown[at].Start, _shown[at].Length);

    private int At(int place)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_shown[middle].Place < place) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private readonly record struct Shown(int Place, int Start, int Length);
}
