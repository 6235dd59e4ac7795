using System.Numerics;
using System.Runtime.CompilerServices;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary>Pieces in ASCII that several patterns have in common. Each is told of a place behind which a block can be loaded.</summary>
internal static class AsciiPieces
{
    /// <summary>The length of an optional blank and the letters behind it (GPT-2's words); false where there are none, or where the run goes on beyond the block or up to a character that is not ASCII.</summary>
    /// <param name="at">The first byte.</param>
    /// <param name="length">The length.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryWord(ref byte at, out int length)
    {
        var blank = at == ' ' ? 1ul : 0;
        length = BitOperations.TrailingZeroCount(~(new AsciiBlock(ref at).Letters | blank));
        return (ulong)length > blank && length < AsciiBlock.Size && Unsafe.Add(ref at, length) < 0x80;
    }

    /// <summary>
    /// What cl100k and its successors take besides words: up to so many digits, symbols with the line ends behind them, a blank before a number, a line end
    /// before a word. False where the decision procedure has to look.
    /// </summary>
    /// <param name="at">The first byte, no letter.</param>
    /// <param name="rest">Bytes from there to the end of the text.</param>
    /// <param name="digits">The most digits of a piece.</param>
    /// <param name="slashes">Whether slashes count among the line ends.</param>
    /// <param name="length">The length.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryOther(ref byte at, int rest, int digits, bool slashes, out int length)
    {
        var (first, second) = (at, Unsafe.Add(ref at, 1));
        length = 1;
        if (char.IsAsciiDigit((char)first))
        {
            while (length < digits && char.IsAsciiDigit((char)Unsafe.Add(ref at, length))) length++;
            return length == digits || Unsafe.Add(ref at, length) < 0x80;
        }

        if (first >= 0x80) return false;
        // A symbol before a letter is the start of a word.
        if (second < 0x80 && !char.IsAsciiLetter((char)second) && TryRun(ref at, out length))
        {
            length += LineEnds(ref Unsafe.Add(ref at, length), rest - length, slashes);
            return true;
        }

        length = 1;
        return first == ' ' && char.IsAsciiDigit((char)second) || first == '\n' && char.IsAsciiLetterOrDigit((char)second);
    }

    /// <summary>
    /// The length of an optional blank and the symbols behind it, <c> ?[^\s\p{L}\p{N}]+</c>; false where there are none, or where the run goes on beyond the block or
    /// up to a character that is not ASCII.
    /// </summary>
    /// <param name="at">The first byte.</param>
    /// <param name="length">The length.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRun(ref byte at, out int length)
    {
        var block = new AsciiBlock(ref at);
        var blank = at == ' ' ? 1ul : 0;
        length = BitOperations.TrailingZeroCount((block.Letters | block.Digits | block.Spaces | block.Beyond) & ~blank);
        return (ulong)length > blank && length < AsciiBlock.Size && Unsafe.Add(ref at, length) < 0x80;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int LineEnds(ref byte at, int most, bool slashes)
    {
        var length = 0;
        while (length < most && (Unsafe.Add(ref at, length) is (byte)'\r' or (byte)'\n' || slashes && Unsafe.Add(ref at, length) == '/')) length++;
        return length;
    }
}
