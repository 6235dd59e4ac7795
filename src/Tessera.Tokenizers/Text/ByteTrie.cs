using System.Numerics;
using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers.Text;

/// <summary>Byte strings with values, for walking a text byte by byte. Edges stand in one open-addressing table.</summary>
internal sealed class ByteTrie
{
    /// <summary>The node of the empty string.</summary>
    public const int Root = 0;

    private readonly List<int> _values = new(16) { -1 };
    private ulong[] _edges = new ulong[64]; // (node << 8 | byte) + 1 in the high half, child in the low half; 0 for free
    private int _count;

    /// <summary>The number of nodes.</summary>
    public int NodeCount => _values.Count;

    /// <summary>Adds a string; a later value replaces an earlier one.</summary>
    public void Add(ReadOnlySpan<byte> key, int value)
    {
        var node = Root;
        foreach (var b in key)
        {
            var child = Child(node, b);
            if (child < 0)
            {
                child = _values.Count;
                _values.Add(-1);
                Insert(node, b, child);
            }

            node = child;
        }

        _values[node] = value;
    }

    /// <summary>The node one byte further, or −1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Child(int node, byte b)
    {
        var key = KeyOf(node, b);
        for (var slot = SlotOf(key); _edges[slot] != 0; slot = (slot + 1) & (_edges.Length - 1))
        {
            if (_edges[slot] >> 32 == key) return (int)(uint)_edges[slot];
        }

        return -1;
    }

    /// <summary>The value at a node, or −1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Value(int node) => _values[node];

    // 24 bits for nodes: 16 million, more than the bytes of any vocabulary that the limits admit in practice.
    private static ulong KeyOf(int node, byte b)
    {
        if (node >= 1 << 23) throw new ResourceLimitException("nodes of a vocabulary's trie", node, 1 << 23);
        return ((ulong)(uint)node << 8 | b) + 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int SlotOf(ulong key) => (int)(key * 0x9E3779B97F4A7C15ul >> (64 - BitOperations.Log2((uint)_edges.Length)));

    private void Insert(int node, byte b, int child)
    {
        if (2 * ++_count > _edges.Length)
        {
            var old = _edges;
            _edges = new ulong[2 * old.Length];
            foreach (var edge in old)
            {
                if (edge != 0) Place(edge);
            }
        }

        Place(KeyOf(node, b) << 32 | (uint)child);
    }

    private void Place(ulong edge)
    {
        var slot = SlotOf(edge >> 32);
        while (_edges[slot] != 0) slot = (slot + 1) & (_edges.Length - 1);
        _edges[slot] = edge;
    }
}
