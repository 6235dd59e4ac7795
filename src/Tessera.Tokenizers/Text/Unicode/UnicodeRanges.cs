namespace Tessera.Tokenizers.Text.Unicode;

/// <summary>A table of ranges of code points, looked up by halving.</summary>
internal sealed class UnicodeRanges
{
    private readonly List<int> _firsts = [], _lasts = [];

    /// <summary>Reads a table.</summary>
    /// <param name="table">Its name in unicode.txt; its ranges stand there in order.</param>
    public UnicodeRanges(ReadOnlySpan<byte> table)
    {
        for (var items = new UnicodeItems(table); items.Next();)
        {
            _firsts.Add(items.First);
            _lasts.Add(items.Last);
        }
    }

    /// <summary>The number of the range that holds a code point, or −1.</summary>
    public int IndexOf(int scalar)
    {
        var at = _firsts.BinarySearch(scalar);
        if (at < 0) at = ~at - 1;
        return at >= 0 && scalar <= _lasts[at] ? at : -1;
    }

    /// <summary>Whether a range holds a code point.</summary>
    public bool Contains(int scalar) => IndexOf(scalar) >= 0;
}
