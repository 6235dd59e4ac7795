using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Text.Unicode;

/// <summary>A table of decompositions by one level.</summary>
internal sealed class UnicodeDecompositions
{
    private readonly List<int> _characters = [], _ends = [], _parts = [];
    private readonly ushort[]?[] _pages = new ushort[]?[0x1100]; // by 256 code points: the place in the lists + 1

    /// <summary>Reads a table.</summary>
    /// <param name="table">Its name in unicode.txt.</param>
    public UnicodeDecompositions(ReadOnlySpan<byte> table)
    {
        for (var items = new UnicodeItems(table); items.Next();)
        {
            _characters.Add(items.First);
            (_pages[items.First >> 8] ??= new ushort[256])[items.First & 0xFF] = (ushort)_characters.Count;
            for (var value = items.Value; value.Length > 0; value = value.Length > 0 ? value[1..] : value) _parts.Add(UnicodeItems.TakeNumber(ref value));
            _ends.Add(_parts.Count);
        }
    }

    /// <summary>The characters that decompose.</summary>
    public IReadOnlyList<int> Characters => _characters;

    /// <summary>The parts of a character; none where it is not in the table.</summary>
    public ReadOnlySpan<int> this[int scalar]
    {
        get
        {
            if (_pages[scalar >> 8] is not { } page || page[scalar & 0xFF] is not (> 0 and var place)) return default;
            var start = place == 1 ? 0 : _ends[place - 2];
            return CollectionsMarshal.AsSpan(_parts)[start.._ends[place - 1]];
        }
    }
}
