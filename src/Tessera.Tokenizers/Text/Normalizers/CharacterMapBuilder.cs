using System.Buffers.Binary;

namespace Tessera.Tokenizers.Text.Normalizers;

/// <summary>
/// Compiles replacements to SentencePiece's character map, which <see cref="CharacterMap"/> reads: a Darts double array, in which the child of
/// a node with base b by byte c stands at b XOR c, then the replacements, each ended by NUL.
/// </summary>
internal sealed class CharacterMapBuilder
{
    private const int Reach = 16 * 256; // as many blocks as the original's builder keeps open
    private const uint LeafBit = 1u << 8, ValueBit = 1u << 31;

    private readonly List<(byte[] Key, int Value)> _entries;
    private uint[] _units = new uint[1 << 10];
    private bool[] _taken = new bool[1 << 10];
    private readonly HashSet<int> _bases = [];
    private int _firstFree = 1;
    private int _last; // the last place taken

    private CharacterMapBuilder(List<(byte[] Key, int Value)> entries) => _entries = entries;

    /// <summary>Compiles a map.</summary>
    /// <param name="replacements">UTF-8 keys, none empty and none with NUL, and what they become.</param>
    public static byte[] Build(IEnumerable<(byte[] Key, byte[] Replacement)> replacements)
    {
        var values = new List<byte>();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var entries = new List<(byte[] Key, int Value)>();
        foreach (var (key, replacement) in replacements)
        {
            var name = Convert.ToHexString(replacement);
            if (!places.TryGetValue(name, out var place))
            {
                places[name] = place = values.Count;
                values.AddRange(replacement);
                values.Add(0);
            }

            entries.Add((key, place));
        }

        entries.Sort(static (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        var builder = new CharacterMapBuilder(entries);
        builder._taken[0] = true;
        if (entries.Count > 0) builder.Add(0, 0, entries.Count, 0);
        return builder.Bytes(values);
    }

    private byte[] Bytes(List<byte> values)
    {
        // Readers stop at the array's end, but some look at a whole block of 256 units.
        var length = (Array.LastIndexOf(_taken, true) | 0xFF) + 1;
        Grow(length - 1);
        var bytes = new byte[4 + 4 * length + values.Count];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)(4 * length));
        for (var i = 0; i < length; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 + 4 * i), _units[i]);
        values.CopyTo(bytes, 4 + 4 * length);
        return bytes;
    }

    /// <summary>Places the children of a node: entries from..to share their first bytes.</summary>
    private void Add(int node, int from, int to, int depth)
    {
        var children = new List<(int Label, int From)>();
        for (var i = from; i < to; i++)
        {
            var label = depth < _entries[i].Key.Length ? _entries[i].Key[depth] : 0; // 0: an entry ends here
            if (children.Count == 0 || children[^1].Label != label) children.Add((label, i));
        }

        var at = FindBase(children);
        _bases.Add(at);
        var offset = (uint)(node ^ at);
        // The offset has 21 bits, and where it is a multiple of 256 eight more.
        _units[node] |= offset < 1u << 21 ? offset << 10 : offset << 2 | 1u << 9;
        foreach (var (label, _) in children)
        {
            _taken[at ^ label] = true;
            _last = Math.Max(_last, at ^ label);
            _units[at ^ label] = (uint)label;
        }

        for (var i = 0; i < children.Count; i++)
        {
            var (label, first) = children[i];
            if (label == 0)
            {
                _units[node] |= LeafBit;
                _units[at] = ValueBit | (uint)_entries[first].Value;
            }
            else
            {
                Add(at ^ label, first, i + 1 < children.Count ? children[i + 1].From : to, depth + 1);
            }
        }
    }

    /// <summary>A base that no other node has, all of whose places are free. (A unit knows its byte, not its parent.)</summary>
    private int FindBase(List<(int Label, int From)> children)
    {
        // Only the last places are tried: those before are full but for gaps, and looking through them all would take quadratic time.
        while (_firstFree < _taken.Length && _taken[_firstFree]) _firstFree++;
        for (var place = Math.Max(_firstFree, _last - Reach); ; place++)
        {
            Grow(place | 0xFF);
            if (_taken[place]) continue;
            var at = place ^ children[0].Label;
            if (at != 0 && !_bases.Contains(at) && children.TrueForAll(c => !_taken[at ^ c.Label])) return at;
        }
    }

    private void Grow(int last)
    {
        if (last < _units.Length) return;
        var length = Math.Max(2 * _units.Length, (last | 0xFF) + 1);
        Array.Resize(ref _units, length);
        Array.Resize(ref _taken, length);
    }
}
