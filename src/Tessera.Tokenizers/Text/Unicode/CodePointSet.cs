namespace Tessera.Tokenizers.Text.Unicode;

/// <summary>A set of code points, a bit for each up to the highest.</summary>
internal sealed class CodePointSet
{
    private ulong[] _bits = [];

    /// <summary>An empty set.</summary>
    public CodePointSet()
    {
    }

    /// <summary>Reads a table of ranges.</summary>
    /// <param name="table">Its name in unicode.txt.</param>
    public CodePointSet(ReadOnlySpan<byte> table)
    {
        for (var items = new UnicodeItems(table); items.Next();)
        {
            for (var scalar = items.First; scalar <= items.Last; scalar++) Add(scalar);
        }
    }

    /// <summary>Adds a code point.</summary>
    public void Add(int scalar)
    {
        if (scalar >> 6 >= _bits.Length) Array.Resize(ref _bits, Math.Max((scalar >> 6) + 1, 2 * _bits.Length));
        _bits[scalar >> 6] |= 1ul << scalar;
    }

    /// <summary>Whether a code point was added.</summary>
    public bool Contains(int scalar)
    {
        var bits = _bits;
        return (uint)(scalar >> 6) < (uint)bits.Length && (bits[scalar >> 6] >> scalar & 1) != 0;
    }
}
