using System.Numerics;
using System.Runtime.CompilerServices;
using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Bpe;

/// <summary>
/// Which characters can come to stand side by side in a token: the last of a merge's left part and the first of its right part. Between any
/// other two no merge joins, so that a text may be cut there and each part be merged by itself. U+2581 counts as a blank. Exact for ASCII; beyond,
/// a filter of bits that may say yes for no, which costs a cut and no truth.
/// </summary>
internal sealed class JoinTable
{
    private const int BitsPerPair = 16;

    private readonly bool[] _ascii = new bool[128 * 128];
    private readonly ulong[] _filter;
    private readonly int _shift;
    private readonly bool _cutsAtBlanks;

    /// <summary>The table of a model's merges.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cutsAtBlanks">Whether something else cuts before every blank.</param>
    public JoinTable(BpeModel model, bool cutsAtBlanks)
    {
        _cutsAtBlanks = cutsAtBlanks;
        var pairs = new HashSet<ulong>();
        foreach (var (left, right, _, _) in model.Merges)
        {
            var last = Character(Utf8Text.DecodeBefore(model.Raw[left], model.Raw[left].Length, out _));
            var first = Character(Utf8Text.Decode(model.Raw[right], 0, out _));
            if (last < 128 && first < 128) _ascii[last << 7 | first] = true;
            else pairs.Add((ulong)(uint)last << 32 | (uint)first);
        }

        var bits = BitOperations.RoundUpToPowerOf2((ulong)Math.Max(64, (long)BitsPerPair * pairs.Count));
        _shift = 64 - BitOperations.Log2(bits);
        _filter = new ulong[bits / 64];
        foreach (var pair in pairs)
        {
            var bit = Hash(pair) >> _shift;
            _filter[bit >> 6] |= 1ul << (int)bit;
        }

        if (!cutsAtBlanks) return;
        for (var last = 0; last < 128; last++) _ascii[last << 7 | ' '] = false;
    }

    /// <summary>Whether two ASCII characters can be joined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool OfAscii(byte last, byte first) => _ascii[last << 7 | first];

    /// <summary>Whether two characters can be joined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Of(int last, int first)
    {
        if ((last | first) < 128) return _ascii[last << 7 | first];
        if (first == ' ' && _cutsAtBlanks) return false;
        var bit = Hash((ulong)(uint)last << 32 | (uint)first) >> _shift;
        return (_filter[bit >> 6] >> (int)bit & 1) != 0;
    }

    private static int Character(int scalar) => scalar == PieceEncoder.Blank ? ' ' : scalar;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Hash(ulong pair) => (pair ^ pair >> 32) * 0x9E3779B97F4A7C15ul;
}
