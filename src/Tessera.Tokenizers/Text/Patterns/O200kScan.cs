using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Tokenizers.Text.Patterns;

/// <summary><see cref="O200kScanner"/> with windows of ASCII at once, where a word is upper-case letters and then lower-case ones.</summary>
/// <param name="pattern">The decision procedure.</param>
internal readonly struct O200kScan(O200kScanner pattern) : IPieceScan
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Starts(AsciiWindow window)
    {
        var (letters, upper, digits, spaces, lines, known) = (window.Letters, window.Upper, window.Digits, window.Spaces, window.Lines, window.Ascii);
        var symbols = known & ~(letters | digits | spaces);
        var leads = window.Leads(symbols);
        var behind = AsciiWindow.LinesBehind(symbols, lines);
        known &= AsciiWindow.UpTo(window.Of('/') & behind << 1); // slashes may go on with the line ends
        var starts = leads | letters & ~((letters | leads | spaces & ~lines) << 1) | upper & (letters & ~upper) << 1
            | AsciiWindow.Numbers(digits, pattern.Digits) | AsciiWindow.SpacesByLines(spaces & ~behind, lines, spaces);
        var joined = 0; // where the last word with a contraction ends
        for (var marks = pattern.Contractions ? window.Of('\'') & letters << 1 & known : 0; marks != 0; marks &= marks - 1)
        {
            var mark = BitOperations.TrailingZeroCount(marks);
            if (known >> mark >> 2 == 0)
            {
                known = AsciiWindow.UpTo(marks);
                break;
            }

            if (mark == joined || window.Contraction(mark, anyCase: true) is not (> 0 and var bytes)) continue;
            joined = mark + bytes;
            starts = starts & ~(((1ul << bytes) - 1) << mark) | 1ul << mark << bytes;
        }

        return AsciiWindow.Known(starts, known, spaces);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public int Next(ref byte text, int length, int start) => pattern.Piece(MemoryMarshal.CreateReadOnlySpan(ref text, length), start);
}
