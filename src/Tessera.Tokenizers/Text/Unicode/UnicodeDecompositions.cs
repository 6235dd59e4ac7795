using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Text.Unicode;

/// <summary>A table of decompositions by one level, looked up by halving.</summary>
internal sealed class UnicodeDecompositions
{
    private readonly List<int> _characters = [], _ends = [], _parts = [];

    /// <summary>Reads a table.</summary>
    /// <param name="table">Its name in unicode.txt; its characters stand there in order.</param>
    public UnicodeDecompositions(ReadOnlySpan<byte> table)
    {
        for (var items = new UnicodeItems(table); items.Next();)
        {
            _characters.Add(items.First);
            for (var value = items.Value; value.Length > 0; value = value.Length > 0 ? value[1..] : value) _parts.Add(UnicodeItems.TakeNumber(ref value));
            _ends.Add(_parts.Count);
        }
    }

    /// <summary>The characters that decompose, in order.</summary>
    public IReadOnlyList<int> Characters => _characters;

    /// <summary>The parts of a character; none where it is not in the table.</summary>
    public ReadOnlySpan<int> this[int scalar]
    {
        get
        {
            var at = _characters.BinarySearch(scalar);
            if (at < 0) return default;
            var start = at == 0 ? 0 : _ends[at - 1];
            return CollectionsMarshal.AsSpan(_parts)[start.._ends[at]];
        }
    }
}
