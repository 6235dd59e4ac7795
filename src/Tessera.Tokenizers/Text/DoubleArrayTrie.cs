using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers.Text;

/// <summary>
/// Tokens for walking a text byte by byte, in a double array (Aoe, "An Efficient Digital Search Algorithm by Using a Double-Array
/// Structure", 1989): the child of a node by a byte stands at base XOR byte, and says whose child it is. A step reads eight bytes. Immutable.
/// </summary>
internal sealed class DoubleArrayTrie
{
    /// <summary>The node of the empty string.</summary>
    public const int Root = 0;

    // More than the bytes of any vocabulary that the limits admit in practice.
    private const int MostNodes = 1 << 23;

    private readonly ulong[] _units; // parent in the high half; base and, in the lowest bit, whether there is a value in the low half
    private readonly int[] _values;

    /// <summary>Builds the trie of some tokens of a vocabulary; of equal ones the last counts.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="entries">The places of those that are in the trie; ascending.</param>
    /// <param name="skip">How many bytes at their start are left out; each is longer.</param>
    public DoubleArrayTrie(Vocabulary tokens, int[] entries, int skip = 0)
    {
        var builder = new DoubleArrayBuilder(tokens, Sort(tokens, entries, skip), skip, MostNodes);
        (_units, _values) = builder.Build();
    }

    /// <summary>The node one byte further, or −1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Child(int node, byte b)
    {
        var at = (int)((uint)_units[node] >> 1) ^ b;
        return (int)(_units[at] >> 32) == node ? at : -1;
    }

    /// <summary>The value at a node, or −1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Value(int node) => (_units[node] & 1) == 0 ? -1 : _values[node];

    /// <summary>The entries in the order of their bytes, equal ones in the order given.</summary>
    private static int[] Sort(Vocabulary tokens, int[] entries, int skip)
    {
        var (keys, order) = (new ulong[entries.Length], (int[])entries.Clone());
        for (var i = 0; i < keys.Length; i++)
        {
            var token = tokens.Entry(entries[i])[skip..];
            for (var b = 0; b < 8; b++) keys[i] = keys[i] << 8 | (b < token.Length ? token[b] : (byte)0);
        }

        Array.Sort(keys, order);
        var byBytes = Comparer<int>.Create((a, b) => tokens.Entry(a)[skip..].SequenceCompareTo(tokens.Entry(b)[skip..]) is not 0 and var other ? other : a.CompareTo(b));
        for (int start = 0, end; start < keys.Length; start = end)
        {
            for (end = start + 1; end < keys.Length && keys[end] == keys[start]; end++)
            {
                // entries alike in eight bytes
            }

            if (end - start > 1) Array.Sort(order, start, end - start, byBytes);
        }

        return order;
    }
}
