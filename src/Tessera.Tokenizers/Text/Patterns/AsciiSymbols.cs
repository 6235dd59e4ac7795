using System.Numerics;
using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>Runs of ASCII symbols: <c> ?[^\s\p{L}\p{N}]+</c>, and what may follow.</summary>
internal static class AsciiSymbols
{
    /// <summary>
    /// The length of an optional blank and the symbols behind it; false where there are none, or where the run goes on beyond the block or
    /// up to a character that is not ASCII.
    /// </summary>
    /// <param name="at">The first byte; a block can be loaded.</param>
    /// <param name="length">The length.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRun(ref byte at, out int length)
    {
        var block = new AsciiBlock(ref at);
        var blank = at == ' ' ? 1ul : 0;
        length = BitOperations.TrailingZeroCount((block.Letters | block.Digits | block.Spaces | block.Beyond) & ~blank);
        return (ulong)length > blank && length < AsciiBlock.Size && Unsafe.Add(ref at, length) < 0x80;
    }

    /// <summary>The length of a run of CR and LF.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LineEnds(ref byte at, int most)
    {
        var length = 0;
        while (length < most && Unsafe.Add(ref at, length) is (byte)'\r' or (byte)'\n') length++;
        return length;
    }

    /// <summary>The length of a run of CR, LF and slashes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LineEndsAndSlashes(ref byte at, int most)
    {
        var length = 0;
        while (length < most && Unsafe.Add(ref at, length) is (byte)'\r' or (byte)'\n' or (byte)'/') length++;
        return length;
    }
}
