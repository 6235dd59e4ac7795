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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next(ref byte text, int length, int start)
    {
        ref var at = ref Unsafe.Add(ref text, start);
        if (length - start <= AsciiBlock.Size || at >= 0x80) return Slow(ref text, length, start, start);
        // Letters that follow are left together, whether they can be joined or not.
        var end = BitOperations.TrailingZeroCount(~(new AsciiBlock(ref at).Letters | 1));
        var next = Unsafe.Add(ref at, end & (AsciiBlock.Size - 1));
        if (end < AsciiBlock.Size && next < 0x80 && !joins.OfAscii(Unsafe.Add(ref at, end - 1), next)) return start + end;
        return Slow(ref text, length, start, start + end - 1);
    }

    /// <summary>The first bound behind the character at a position.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private int Slow(ref byte text, int length, int start, int at)
    {
        var span = MemoryMarshal.CreateReadOnlySpan(ref text, length);
        var previous = Utf8Text.Decode(span, at, out var bytes);
        for (at += bytes; at < length; at += bytes)
        {
            var scalar = Utf8Text.Decode(span, at, out bytes);
            if (!joins.Of(previous, scalar)) break;
            previous = scalar;
        }

        return at;
    }
}
