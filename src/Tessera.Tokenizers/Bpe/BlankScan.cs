using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tessera.Tokenizers.Text;
using Tessera.Tokenizers.Text.Patterns;

namespace Tessera.Tokenizers.Bpe;

/// <summary>Cuts text without a pattern where no merge can join (<see cref="JoinTable"/>): before blanks, mostly, and after words.</summary>
/// <param name="joins">Which characters can be joined.</param>
internal readonly struct BlankScan(JoinTable joins) : IPieceScan
{
    /// <summary>The first bound behind the character at a position.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public int Next(ref byte text, int length, int start)
    {
        var span = MemoryMarshal.CreateReadOnlySpan(ref text, length);
        var previous = Utf8Text.Decode(span, start, out var bytes);
        var at = start + bytes;
        for (; at < length; at += bytes)
        {
            var scalar = Utf8Text.Decode(span, at, out bytes);
            if (!joins.Of(previous, scalar)) break;
            previous = scalar;
        }

        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Starts(AsciiWindow window)
    {
        var letters = window.Letters;
        var starts = window.Ascii & ~1ul & ~(letters & letters << 1); // letters are left together, whether they can be joined or not
        for (var left = starts; left != 0; left &= left - 1)
        {
            var at = BitOperations.TrailingZeroCount(left);
            starts ^= Convert.ToUInt64(joins.OfAscii(window[at - 1], window[at])) << at;
        }

        return starts;
    }
}
