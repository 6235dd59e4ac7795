using System.Numerics;

namespace Tessera.Tokenizers.Text.Unicode;

/// <summary>The primary composites by their two parts, in an open-addressing table; 21 bits for each code point.</summary>
internal sealed class CompositionTable
{
    private const int ScalarBits = 21;
    private const ulong Mix = 0x9E3779B97F4A7C15; // 2^64 divided by the golden ratio

    private readonly ulong[] _slots;
    private readonly int _shift;
    private readonly CodePointSet _seconds = new();

    /// <summary>Builds the table.</summary>
    /// <param name="canonical">Characters of two parts.</param>
    public CompositionTable(UnicodeDecompositions canonical)
    {
        _slots = new ulong[BitOperations.RoundUpToPowerOf2((uint)(2 * canonical.Characters.Count))];
        _shift = 64 - BitOperations.Log2((uint)_slots.Length);
        foreach (var character in canonical.Characters)
        {
            var parts = canonical[character];
            var pair = PairOf(parts[0], parts[1]);
            var at = (int)(pair * Mix >> _shift);
            while (_slots[at] != 0) at = (at + 1) & (_slots.Length - 1);
            _slots[at] = pair << ScalarBits | (uint)character;
            _seconds.Add(parts[1]);
        }
    }

    /// <summary>The composite, or −1.</summary>
    public int Find(int first, int second)
    {
        var pair = PairOf(first, second);
        for (var at = (int)(pair * Mix >> _shift); _slots[at] != 0; at = (at + 1) & (_slots.Length - 1))
        {
            if (_slots[at] >> ScalarBits == pair) return (int)(_slots[at] & (1ul << ScalarBits) - 1);
        }

        return -1;
    }

    /// <summary>Whether some composite has a code point for its second part.</summary>
    public bool IsSecond(int scalar) => _seconds.Contains(scalar);

    private static ulong PairOf(int first, int second) => (ulong)(uint)first << ScalarBits | (uint)second;
}
